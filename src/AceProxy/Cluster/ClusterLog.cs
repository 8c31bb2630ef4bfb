using AceProxy.Cluster.Commands;
using AceProxy.Cluster.Connection;
using AceProxy.Events;

namespace AceProxy.Cluster;

internal static partial class ClusterLog
{
    [LoggerMessage(81, LogLevel.Warning, "Redis at {Redis} is away: {Reason}; this worker goes on by itself and keeps trying")]
    public static partial void Away(ILogger logger, RedisOptions redis, string reason);

    [LoggerMessage(82, LogLevel.Information, "Redis at {Redis} is there")]
    public static partial void There(ILogger logger, RedisOptions redis);

    [LoggerMessage(83, LogLevel.Warning, "A worker's entry in Redis cannot be read and is ignored: {Worker}: {Reason}")]
    public static partial void BadWorker(ILogger logger, string worker, string reason);

    [LoggerMessage(80, LogLevel.Error, "Redis at {Redis} refuses what concerns {Keys}: {Words}; what it does not take is not shared")]
    public static partial void Refused(ILogger logger, RedisOptions redis, string keys, string words);

    [LoggerMessage(84, LogLevel.Warning, "Redis was too slow for {Content}: {Chunks} chunks were dropped, and followers see a gap")]
    public static partial void Lapsed(ILogger logger, string content, long chunks);

    [LoggerMessage(85, LogLevel.Warning, "{Content}: what Redis has at {Key} is no segment of the stream and is left out: {Problem}")]
    public static partial void BadSegment(ILogger logger, string content, string key, string problem);

    [LoggerMessage(86, LogLevel.Information, "{Content}: this worker is its owner, epoch {Epoch}, and goes on behind {Before}")]
    public static partial void Owns(ILogger logger, string content, long epoch, string before);

    [LoggerMessage(87, LogLevel.Information, "{Content}: follows {Owner}")]
    public static partial void Follows(ILogger logger, string content, string owner);

    [LoggerMessage(88, LogLevel.Warning, "{Content}: Redis is away, so this worker reads the engine by itself")]
    public static partial void Alone(ILogger logger, string content);

    [LoggerMessage(89, LogLevel.Warning, "{Content}: the lease of epoch {Epoch} is lost")]
    public static partial void LeaseLost(ILogger logger, string content, long epoch);

    [LoggerMessage(91, LogLevel.Error, "The command {Command} of {Worker} ended in an unexpected error")]
    public static partial void CommandFailed(ILogger logger, Exception exception, CommandKind command, string worker);

    [LoggerMessage(92, LogLevel.Warning, "What Redis has at {Key} is in part no order about an engine and is left out: {Problems}")]
    public static partial void BadOrders(ILogger logger, string key, string problems);

    [LoggerMessage(93, LogLevel.Warning, "What Redis has at {Key} of {Workers} is no number of slots, or of the future, and was taken out")]
    public static partial void BadSlots(ILogger logger, string key, string workers);

    [LoggerMessage(94, LogLevel.Warning, "{Count} entries that Redis has at {Key}, up to {Last}, are no events and are left out")]
    public static partial void BadEvents(ILogger logger, int count, string key, EventPlace last);

    [LoggerMessage(96, LogLevel.Warning, "The events that Redis had at {Key} went up to {Last}, behind which nothing can be told, and were deleted")]
    public static partial void BadEventIds(ILogger logger, string key, string last);

    [LoggerMessage(95, LogLevel.Error, "WORKER_ID {Worker} is that of the worker at {Address} as well, and they take each other's streams: each needs its own")]
    public static partial void SameWorkerId(ILogger logger, string worker, string address);

    [LoggerMessage(97, LogLevel.Warning, "What Redis has at {Keys} no worker has written; it is replaced")]
    public static partial void Replaced(ILogger logger, string keys);

    [LoggerMessage(98, LogLevel.Warning, "Redis at {Redis} answered nothing for {Seconds} s on a connection that seemed open; a new one has taken its place")]
    public static partial void Reconnected(ILogger logger, RedisOptions redis, double seconds);

    [LoggerMessage(99, LogLevel.Error, "A connection to Redis at {Redis} in the place of a silent one met an error that nobody expected, and is given up")]
    public static partial void NotReconnected(ILogger logger, Exception exception, RedisOptions redis);

    [LoggerMessage(90, LogLevel.Information, "{Content}: handed over to {Worker}")]
    public static partial void HandedOver(ILogger logger, string content, string worker);
}
