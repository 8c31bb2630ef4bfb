using AceProxy.Cluster.Leases;
using AceProxy.EngineApi;
using AceProxy.Engines;

namespace AceProxy.Cluster.Sharing;

/// <summary>
/// Why a worker follows no more: it has the lease; the content cannot be played, or not followed any longer; or, neither, Redis is away.
/// </summary>
/// <param name="Slot">Where to read it without a lease; null: wherever there is an engine.</param>
internal readonly record struct FollowEnd(Lease? Lease, EngineFailure? Failure, EngineReservation? Slot);
