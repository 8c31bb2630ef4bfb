namespace AceProxy.EngineApi;

internal static partial class EngineLog
{
    [LoggerMessage(1, LogLevel.Information, "Session {Session} of {Content} opened on engine {Engine} in {Milliseconds} ms")]
    public static partial void SessionOpened(ILogger logger, string? session, string content, string engine, long milliseconds);

    [LoggerMessage(2, LogLevel.Warning, "Engine {Engine} opened no session for {Content}: {Failure} ({Reason})")]
    public static partial void SessionFailed(ILogger logger, string engine, string content, EngineFailureKind failure, string reason);

    [LoggerMessage(3, LogLevel.Information, "Session {Session} on engine {Engine} stopped")]
    public static partial void SessionStopped(ILogger logger, string? session, string engine);

    [LoggerMessage(4, LogLevel.Warning, "Engine {Engine} did not confirm the stop of session {Session}: {Reason}")]
    public static partial void StopFailed(ILogger logger, string engine, string? session, string reason);

    [LoggerMessage(5, LogLevel.Warning, "Engine {Engine} answered after the call had been given up; its session {Session} is stopped")]
    public static partial void LateReply(ILogger logger, string engine, string? session);

    [LoggerMessage(6, LogLevel.Information, "{Content} is infohash {Infohash} (engine {Engine})")]
    public static partial void Resolved(ILogger logger, string content, string infohash, string engine);

    [LoggerMessage(7, LogLevel.Information, "Engine {Engine} does not tell the infohash of {Content}: {Reason}")]
    public static partial void Unresolved(ILogger logger, string engine, string content, string reason);
}
