namespace AceProxy.Upstream;

internal enum RecoveryAction
{
    /// <summary>Read the same playback URL again.</summary>
    Reconnect,

    /// <summary>Stop the session and open another.</summary>
    NewSession,

    /// <summary>End the stream.</summary>
    GiveUp,
}
