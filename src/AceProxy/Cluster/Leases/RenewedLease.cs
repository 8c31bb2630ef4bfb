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

    /// <summary>Put back, because Redis had lost it; whether other workers have clients it does not know.</summary>
    PutBack = 3,
}
