namespace AceProxy.Cluster.Leases;

/// <summary>What <see cref="LeaseScripts.Renew"/> answers.</summary>
internal enum RenewedLease
{
    /// <summary>Somebody else has it, or has had it.</summary>
    Lost = 0,

    /// <summary>Renewed; no other worker has clients of the stream.</summary>
    Alone = 1,

    /// <summary>Renewed; other workers have clients.</summary>
    Shared = 2,

    /// <summary>Renewed, where Redis had lost it or who has clients: whether other workers have some it does not know.</summary>
    PutBack = 3,
}
