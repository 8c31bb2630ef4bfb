namespace AceProxy.Gateway;

/// <summary>Events 110 to 119.</summary>
internal static partial class GatewayLog
{
    [LoggerMessage(110, LogLevel.Information, "{Count} workers take players: {Workers}")]
    public static partial void WorkersChanged(ILogger logger, int count, string workers);

    [LoggerMessage(111, LogLevel.Warning, "Worker {Worker} gave no answer ({Reason}); another is asked")]
    public static partial void AskingAnother(ILogger logger, string worker, string reason);

    [LoggerMessage(112, LogLevel.Warning, "A player was refused: {Worker} gave no answer ({Reason})")]
    public static partial void NobodyAnswered(ILogger logger, string worker, string reason);

    [LoggerMessage(113, LogLevel.Error, "No player is sent to {Workers}: another worker's WORKER_ID differs only in case")]
    public static partial void Namesakes(ILogger logger, string workers);
}
