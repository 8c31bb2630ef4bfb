namespace AceProxy.Hosting;

internal static partial class HostingLog
{
    [LoggerMessage(1, LogLevel.Information, "Draining: the worker ends in {Seconds} s, or at the next signal")]
    public static partial void Draining(ILogger logger, double seconds);

    [LoggerMessage(2, LogLevel.Error, "{Service} met an error that nobody expected, and goes on in {Seconds} s")]
    public static partial void ServiceFailed(ILogger logger, Exception exception, string service, double seconds);
}
