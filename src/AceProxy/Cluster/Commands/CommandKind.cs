namespace AceProxy.Cluster.Commands;

/// <summary>What a worker may be asked by another.</summary>
internal enum CommandKind
{
    /// <summary>Its streams; with a key, that one.</summary>
    ListStreams,

    /// <summary>Its clients; with an id, that one.</summary>
    ListClients,

    /// <summary>The engines as it sees them; with an id, that one.</summary>
    ListEngines,

    DescribeWorker,

    // From here on, what changes something.

    StopStream,

    EndClient,

    DrainWorker,

    UndrainWorker,

    /// <summary>To take what an operator has said of an engine, see <see cref="Engines.Orders.EngineOrder"/>.</summary>
    OrderEngine,
}
