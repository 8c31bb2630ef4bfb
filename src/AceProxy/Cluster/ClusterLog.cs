namespace AceProxy.Cluster;

internal static partial class ClusterLog
{
    [LoggerMessage(80, LogLevel.Information, "Worker {Worker} shares streams over Redis at {Host}:{Port}")]
    public static partial void Begins(ILogger logger, string worker, string host, int port);

    [LoggerMessage(81, LogLevel.Warning, "Redis at {Host}:{Port} is away: {Reason}; this worker goes on by itself and keeps trying")]
    public static partial void Away(ILogger logger, string host, int port, string reason);

    [LoggerMessage(82, LogLevel.Information, "Redis at {Host}:{Port} is there")]
    public static partial void There(ILogger logger, string host, int port);

    [LoggerMessage(83, LogLevel.Warning, "A worker's entry in Redis cannot be read and is ignored: {Worker}: {Reason}")]
    public static partial void BadWorker(ILogger logger, string worker, string reason);
}
