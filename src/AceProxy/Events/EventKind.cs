namespace AceProxy.Events;

/// <summary>What happened; its name in the API is in kebab case, such as <c>client-left</c>.</summary>
internal enum EventKind
{
    /// <summary>A content was asked for on a worker that did not have it.</summary>
    StreamStarted,

    /// <summary>It is no more on a worker, and why.</summary>
    StreamStopped,

    /// <summary>A worker reads the engine for the others now.</summary>
    OwnerChanged,

    /// <summary>It goes on with another engine.</summary>
    Failover,

    /// <summary>After a reconnection it goes on without a gap.</summary>
    Spliced,

    /// <summary>After a reconnection it goes on elsewhere.</summary>
    Jumped,

    ClientJoined,

    /// <summary>Why, after how long, and with how much.</summary>
    ClientLeft,

    /// <summary>An engine's state on one worker has changed.</summary>
    EngineChanged,

    WorkerJoined,

    WorkerLeft,

    WorkerDraining,

    /// <summary>It takes players again.</summary>
    WorkerUndrained,

    /// <summary>A worker had more to tell than it could keep while Redis was away.</summary>
    EventsDropped,

    /// <summary>Told to a reader: between the last event it has had and the next there may have been others, which nobody has any more.</summary>
    Gap,
}
