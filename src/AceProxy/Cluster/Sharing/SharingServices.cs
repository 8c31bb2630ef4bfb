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
    /// Redis has been away or has lost what it had: who owned the stream before may be reading its engine all the time, and is believed for as
    /// long as he would be had nothing been lost. His connection may be back later than ours.
    /// </summary>
    public TimeSpan Politeness => Options.LeaseTime;

    /// <summary>Without Redis for so long, every follower reads an engine by itself, whatever that disturbs.</summary>
    public TimeSpan SelfHelp => Upstream.GiveUp / 2 > Options.LeaseTime ? Upstream.GiveUp / 2 : Options.LeaseTime;

    /// <summary>A worker that drains leaves a free lease to the others for so long: longer than until their next look.</summary>
    public TimeSpan DrainPoliteness => (Options.LeaseTime / 2) + TimeSpan.FromSeconds(1);
}
