namespace AceProxy.Access;

/// <summary>Events 130 to 139. Whoever is refused can make any number of these, so they are for whoever looks; the metric is always there.</summary>
internal static partial class AccessLog
{
    [LoggerMessage(130, LogLevel.Debug, "{Address} was refused: {Reason}")]
    public static partial void Refused(ILogger logger, string address, RefusalReason reason);

    [LoggerMessage(131, LogLevel.Debug, "{Address} was turned away: beyond {Limit}")]
    public static partial void BeyondLimit(ILogger logger, string address, string limit);
}
