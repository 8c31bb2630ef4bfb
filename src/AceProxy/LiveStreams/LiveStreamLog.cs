namespace AceProxy.LiveStreams;

internal static partial class LiveStreamLog
{
    [LoggerMessage(40, LogLevel.Information, "{Content} asked for")]
    public static partial void Started(ILogger logger, string content);

    [LoggerMessage(41, LogLevel.Information,
        "{Content} ended after {Seconds:0.0} s: {BytesIn} bytes in, {BytesOut} bytes out, {MostClients} clients at most, "
        + "{Reconnections} reconnections, {Failovers} failovers: {Reason}")]
    public static partial void Ended(
        ILogger logger, string content, double seconds, long bytesIn, long bytesOut, int mostClients, long reconnections, long failovers, string reason);

    [LoggerMessage(42, LogLevel.Error, "{Content} ended by an unexpected error")]
    public static partial void Crashed(ILogger logger, Exception exception, string content);

    [LoggerMessage(43, LogLevel.Warning, "Client {Client} of {Content} ended: {Reason}")]
    public static partial void ClientEnded(ILogger logger, string client, string content, EndReason reason);

    [LoggerMessage(44, LogLevel.Information, "Stopping {Streams} streams")]
    public static partial void Stopping(ILogger logger, int streams);
}
