namespace AceProxy.Cluster;

internal static partial class ClusterLog
{
    /// <summary>Sharing streams over Redis is not built yet; whoever asks for it must not believe that it works.</summary>
    public static void WarnIfSet(ILogger logger, ClusterOptions options)
    {
        if (options.RedisHost.Length > 0)
        {
            NotYet(logger, options.RedisHost, options.RedisPort);
        }
    }

    [LoggerMessage(80, LogLevel.Warning, "REDIS_HOST is {Host}:{Port}, but this version does not share streams between workers: it serves alone")]
    private static partial void NotYet(ILogger logger, string host, int port);
}
