using AceProxy.Cluster.Connection;
using AceProxy.Cluster.Segments;
using AceProxy.Cluster.Workers;
using AceProxy.Events;
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
    EventLog Events,
    TimeProvider Time,
    ILogger<SharedSource> Logger)
{
    /// <summary>
    /// A lease that is free is left to others for so long: by a worker that drains, and when Redis has been away or has lost what it had, because
    /// who owned the stream before may be reading its engine all the time. That is longer than until his next renewal, or attempt to get it.
    /// </summary>
    public TimeSpan Politeness => (Options.LeaseTime / 2) + TimeSpan.FromSeconds(1);
}
