namespace AceProxy.EngineSimulator.Sessions;

public enum SessionState
{
    Open,
    Stopped,

    /// <summary>A newer session took its infohash or its player.</summary>
    Superseded,

    /// <summary>Nobody read or asked for it for too long.</summary>
    Expired,
}
