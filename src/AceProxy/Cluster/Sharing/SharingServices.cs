using AceProxy.Cluster.Connection;
using AceProxy.Cluster.Segments;
using AceProxy.Cluster.Workers;
using AceProxy.LiveStreams;
using AceProxy.Upstream;

namespace AceProxy.Cluster.Sharing;

/// <summary>What every shared stream needs.</summary>
internal sealed record SharingServices(
    RedisConnection Redis,
    Leases.Leases Leases,
    SegmentStore Store,
    ClientLedger Clients,
    WorkerIdentity Identity,
    Drain Drain,
    ClusterOptions Options,
    UpstreamOptions Upstream,
    ClusterCounters Counters,
    TimeProvider Time,
    ILogger<SharedSource> Logger);
