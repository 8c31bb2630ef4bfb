namespace AceProxy.Upstream;

internal static partial class UpstreamLog
{
    [LoggerMessage(20, LogLevel.Information, "{Content} is flowing from engine {Engine}")]
    public static partial void Flowing(ILogger logger, string content, string engine);

    [LoggerMessage(21, LogLevel.Warning, "{Content} interrupted on engine {Engine}: {End} ({Detail}); {Action} in {Milliseconds} ms")]
    public static partial void Interrupted(
        ILogger logger, string content, string engine, ReadEnd end, string detail, RecoveryAction action, long milliseconds);
}
