using AceProxy.Cluster.Leases;
using AceProxy.EngineApi;

namespace AceProxy.Cluster.Sharing;

/// <summary>Why a worker follows no more: it has the lease; the owner says that the content cannot be played; or, neither, Redis is away.</summary>
internal readonly record struct FollowEnd(Lease? Lease, EngineFailure? Failure);
