namespace AceProxy.Cluster.Leases;

/// <summary>What became of asking for a lease.</summary>
/// <param name="Holder">Who holds it now; this worker when <paramref name="IsMine"/>.</param>
internal readonly record struct LeaseReply(bool IsMine, LeaseHolder Holder);
