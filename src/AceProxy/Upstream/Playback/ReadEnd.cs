namespace AceProxy.Upstream.Playback;

/// <summary>Why reading a playback URL came to an end.</summary>
internal enum ReadEnd
{
    /// <summary>The body ended cleanly; on some networks engines do that every 10 to 15 minutes.</summary>
    EndOfBody,

    /// <summary>The connection broke, or the body ended in its midst.</summary>
    Reset,

    /// <summary>No connection.</summary>
    Unreachable,

    /// <summary>No session could be opened.</summary>
    NoSession,

    /// <summary>No header in time.</summary>
    HeaderTimeout,

    /// <summary>No packet in time.</summary>
    Stalled,

    /// <summary>A status other than 200 or 206, or something that is not HTTP.</summary>
    BadResponse,

    /// <summary>Bytes that are no MPEG transport stream.</summary>
    NotTransportStream,

    /// <summary>Silent, and the engine says that it does not know the session.</summary>
    SessionLost,

    /// <summary>Silent, and the engine's numbers have stood still for long.</summary>
    Frozen,

    /// <summary>Silent, and the engine does not answer questions either.</summary>
    Hung,

    /// <summary>The engine plays the same piece again and again.</summary>
    Looping,

    /// <summary>Another session has taken over, or is there to; this one is not needed any more.</summary>
    Relieved,
}
