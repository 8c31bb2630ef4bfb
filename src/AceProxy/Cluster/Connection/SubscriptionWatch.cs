using System.Globalization;
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
    private volatile Said? _last;

    private TimeSpan Beat => options.WorkerHeartbeat < LongestBeat ? options.WorkerHeartbeat : LongestBeat;

    /// <summary>For what was said.</summary>
    private TimeSpan Patience => Beat > options.Redis.Timeout ? Beat : options.Redis.Timeout;

    protected override async Task RunAsync(CancellationToken cancellation)
    {
        await using IAsyncDisposable subscription = await redis.SubscribeAsync(_channel, Hear);
        for (long number = 0; ; number++)
        {
            await Task.Delay(Beat, Time, cancellation);
            if (await HearsAsync(new Said(number.ToString(CultureInfo.InvariantCulture)), cancellation) is { } hears)
            {
                await redis.RenewSubscriptionsAsync(all: !hears);
            }
        }
    }

    /// <summary>In a Redis Cluster whoever is subscribed at another node than it was said at hears a moment later.</summary>
    /// <returns>Null: Redis is away.</returns>
    private async Task<bool?> HearsAsync(Said said, CancellationToken cancellation)
    {
        _last = said;
        if (!(await redis.AskAsync(database => database.PublishAsync(_channel, said.Text))).IsThere)
        {
            return null;
        }

        await Task.WhenAny(said.Heard.Task, Task.Delay(Patience, Time, cancellation));
        cancellation.ThrowIfCancellationRequested();
        return said.Heard.Task.IsCompleted;
    }

    private void Hear(RedisValue text)
    {
        if (_last is { } last && last.Text == text)
        {
            last.Heard.TrySetResult();
        }
    }

    private sealed record Said(string Text)
    {
        public TaskCompletionSource Heard { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
