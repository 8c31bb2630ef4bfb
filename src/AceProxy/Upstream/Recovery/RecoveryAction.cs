namespace AceProxy.Upstream.Recovery;

internal enum RecoveryAction
{
    /// <summary>Read the same playback URL again.</summary>
    Reconnect,

    /// <summary>Stop the session and open another on the same engine.</summary>
    NewSession,

    /// <summary>Go on with a session on another engine; with none free, with another on the same.</summary>
    OtherEngine,

    /// <summary>End the stream.</summary>
    GiveUp,
}
