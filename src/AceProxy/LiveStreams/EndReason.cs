namespace AceProxy.LiveStreams;

/// <summary>Why a client's stream ended.</summary>
internal enum EndReason
{
    /// <summary>It hung up.</summary>
    ClientLeft,

    /// <summary>The stream is over, or could not be started or continued.</summary>
    StreamEnded,

    /// <summary>Its socket accepted nothing for <see cref="LiveStreamOptions.ClientStallTimeout"/>.</summary>
    Stalled,

    /// <summary>No heartbeat for <see cref="LiveStreamOptions.ClientTtl"/>.</summary>
    Expired,

    /// <summary>The worker is stopping.</summary>
    Shutdown,

    /// <summary>An operator ended it.</summary>
    Ended,
}
