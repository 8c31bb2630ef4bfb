namespace AceProxy.EngineSimulator.Contents;

/// <summary>Which request of a playback a failure status answers.</summary>
public enum PlaybackStage
{
    Content,
    Redirect,
}
