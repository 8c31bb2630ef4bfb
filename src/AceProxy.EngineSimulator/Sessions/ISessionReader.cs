namespace AceProxy.EngineSimulator.Sessions;

/// <summary>A response body that ends when its session does. Both calls return at once.</summary>
internal interface ISessionReader
{
    /// <summary>The session was stopped: end the body as its framing says.</summary>
    void End();

    /// <summary>The session was taken over: end the connection in the middle of the body.</summary>
    void Cut();
}
