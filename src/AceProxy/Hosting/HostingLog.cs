namespace AceProxy.Hosting;

internal static partial class HostingLog
{
    [LoggerMessage(1, LogLevel.Information, "Draining: the worker ends in {Seconds} s, or at the next signal")]
    public static partial void Draining(ILogger logger, double seconds);
}
