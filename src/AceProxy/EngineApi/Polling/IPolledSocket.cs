namespace AceProxy.EngineApi.Polling;

/// <summary>A socket that a <see cref="PollLoop"/> waits for.</summary>
internal interface IPolledSocket
{
    /// <summary>What was waited for has come, or the connection is broken. Runs on the loop's thread and must not wait for anything.</summary>
    void Ready();
}
