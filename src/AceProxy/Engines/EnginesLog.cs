namespace AceProxy.Engines;

internal static partial class EnginesLog
{
    [LoggerMessage(60, LogLevel.Information, "Engine {Engine} is new, named by {Sources} (forwarded: {Forwarded})")]
    public static partial void Added(ILogger logger, string engine, string sources, bool forwarded);

    /// <param name="level">Good news is information, the rest a warning.</param>
    [LoggerMessage(EventId = 61, Message = "Engine {Engine} was {Before} and is {After}: {Reason}")]
    public static partial void StateChanged(
        ILogger logger, LogLevel level, string engine, EngineState before, EngineState after, string reason);

    [LoggerMessage(62, LogLevel.Warning, "Engine source {Source} failed: {Problem}. The {Engines} engines it named before are kept")]
    public static partial void SourceFailed(ILogger logger, string source, string problem, int engines);

    [LoggerMessage(63, LogLevel.Warning, "Engine source {Source}: {Problem}")]
    public static partial void SourceDoubtful(ILogger logger, string source, string problem);

    [LoggerMessage(64, LogLevel.Information, "Engine source {Source} answers again, with {Engines} engines")]
    public static partial void SourceWell(ILogger logger, string source, int engines);

    [LoggerMessage(65, LogLevel.Error, "Engine source {Source} ended in an unexpected error")]
    public static partial void SourceCrashed(ILogger logger, Exception exception, string source);

    [LoggerMessage(66, LogLevel.Error, "The check of engine {Engine} ended in an unexpected error")]
    public static partial void CheckCrashed(ILogger logger, Exception exception, string engine);
}
