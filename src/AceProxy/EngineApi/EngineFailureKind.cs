namespace AceProxy.EngineApi;

/// <summary>Whose fault a failure was, as far as the engine's behaviour tells.</summary>
internal enum EngineFailureKind
{
    /// <summary>No engine is configured, or none is free.</summary>
    NoEngine,

    /// <summary>No connection, or it broke before a reply.</summary>
    Unreachable,

    /// <summary>No reply, or no data, within the limit.</summary>
    TimedOut,

    /// <summary>The reply is not what the API promises: not JSON, fields missing, HTTP 5xx.</summary>
    BadReply,

    /// <summary>The engine could not load the content.</summary>
    ContentUnavailable,

    /// <summary>The engine has the content but will not play it, and says which option is missing.</summary>
    Refused,

    /// <summary>The content is not live (<c>is_live</c> 0).</summary>
    NotLive,

    /// <summary>The playback URL stopped yielding, and every attempt to go on failed.</summary>
    Interrupted,

    /// <summary>The session was opened, and nobody wants it: all have left, or another stream has the same content.</summary>
    Unwanted,

    /// <summary>This worker is stopping.</summary>
    ShuttingDown,

    /// <summary>An operator stopped the stream.</summary>
    Stopped,
}
