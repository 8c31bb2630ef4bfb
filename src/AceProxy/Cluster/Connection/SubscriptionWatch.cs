using System.Numerics;
using System.Security.Cryptography;
using AceProxy.Hosting;
using StackExchange.Redis;

namespace AceProxy.Cluster.Connection;

/// <summary>
/// Sees to it that what this worker listens to is heard. Nothing else would tell that a subscription was lost, which may happen when Redis refuses
/// it at a reconnection, or to one that was asked for while the connection came up: again and again this worker says something to itself.
/// </summary>
internal sealed class SubscriptionWatch(RedisConnection redis, ClusterOptions options, TimeProvider time, ILogger<SubscriptionWatch> logger)
    : SteadyService(time, logger)
{
    private static readonly TimeSpan LongestBeat = TimeSpan.FromSeconds(5);

    private readonly RedisChannel _channel = ClusterKeys.Echo(RandomNumberGenerator.GetString("0123456789abcdefghjkmnpqrstvwxyz", 16));
    private volatile TaskCompletionSource? _heard;

    private TimeSpan Beat => options.WorkerHeartbeat < LongestBeat ? options.WorkerHeartbeat : LongestBeat;

    /// <summary>For what was said.</summary>
    private TimeSpan Patience => Beat > options.Redis.Timeout ? Beat : options.Redis.Timeout;

    protected override async Task RunAsync(CancellationToken cancellation)
    {
        await using IAsyncDisposable subscription = await redis.SubscribeAsync(_channel, _ => _heard?.TrySetResult());
        for (uint deaf = 0; ;)
        {
            await Task.Delay(Beat, Time, cancellation);
            if (await HearsAsync(cancellation) is { } hears)
            {
                deaf = hears ? 0 : deaf + 1;
                await redis.RenewSubscriptionsAsync(all: BitOperations.IsPow2(deaf)); // more and more seldom, if it does not help
            }
        }
    }

    /// <summary>In a Redis Cluster whoever is subscribed at another node than it was said at hears a moment later.</summary>
    /// <returns>Null: Redis is away.</returns>
    private async Task<bool?> HearsAsync(CancellationToken cancellation)
    {
        var heard = _heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!(await redis.AskAsync(database => database.PublishAsync(_channel, "echo"))).IsThere)
        {
            return null;
        }

        await Task.WhenAny(heard.Task, Task.Delay(Patience, Time, cancellation));
        cancellation.ThrowIfCancellationRequested();
        return heard.Task.IsCompleted; // also of something that was said before: that is late, and not lost
    }
}
