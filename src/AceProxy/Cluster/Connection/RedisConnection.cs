using AceProxy.Telemetry;
using StackExchange.Redis;

namespace AceProxy.Cluster.Connection;

/// <summary>
/// The worker's one connection to Redis, opened at the first use and again whenever it is lost. Every command has a limit; what goes wrong is
/// an <see cref="Answer{T}"/> without a value, and is logged once for each change of state.
/// </summary>
internal sealed class RedisConnection(ClusterOptions options, TimeProvider time, ILogger<RedisConnection> logger) : IAsyncDisposable
{
    /// <summary>Between two lines that say the same.</summary>
    private static readonly TimeSpan AwayInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RefusedInterval = TimeSpan.FromMinutes(1);

    private readonly RedisLink _link = new(options.Redis, time, logger);
    private long _commands;
    private long _answered;
    private long _failures;
    private long _refusals;
    private long _refusedAt;
    private long _awayAt;
    private int _isAwaySaid; // 1: and nothing since that it is there
    private int _state; // of State, by Interlocked
    private volatile bool _isDisposed;

    /// <summary>Answered its last command.</summary>
    public bool IsThere => Volatile.Read(ref _state) == (int)State.There;

    /// <summary>Did not answer its last command; before the first nobody knows.</summary>
    public bool IsAway => Volatile.Read(ref _state) == (int)State.Away;

    /// <summary>Commands sent since the start, a script being one.</summary>
    public long Commands => Volatile.Read(ref _commands);

    /// <summary>Commands that are on their way, or wait for the connection.</summary>
    public long Unanswered => Volatile.Read(ref _commands) - Volatile.Read(ref _answered);

    /// <summary>Commands without an answer in time.</summary>
    public long Failures => Volatile.Read(ref _failures);

    /// <summary>Commands that were answered with an error, or with what makes no sense.</summary>
    public long Refusals => Volatile.Read(ref _refusals);

    public Task<Answer<RedisResult>> RunAsync(RedisScript script, RedisKey[] keys, params RedisValue[] values) =>
        RunAsync(script, static reply => reply, keys, values);

    /// <param name="script">What is run.</param>
    /// <param name="read">Makes sense of the reply; where it throws, there was none.</param>
    /// <param name="keys">What it touches.</param>
    /// <param name="values">Its ARGV.</param>
    public Task<Answer<T>> RunAsync<T>(RedisScript script, Func<RedisResult, T> read, RedisKey[] keys, params RedisValue[] values) =>
        AskAsync(async redis =>
        {
            try
            {
                return read(await redis.ScriptEvaluateAsync(script.Text, keys, values));
            }
            catch (RedisServerException exception) when (exception.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
            {
                // Redis has been restarted since the script was loaded; the library has just forgotten that it was, and loads it now.
                return read(await redis.ScriptEvaluateAsync(script.Text, keys, values));
            }
        }, keys);

    /// <summary>Throws nothing.</summary>
    /// <param name="command">The command, with what makes sense of its reply.</param>
    /// <param name="keys">What it is about, for the log.</param>
    public async Task<Answer<T>> AskAsync<T>(Func<IDatabase, Task<T>> command, params RedisKey[] keys)
    {
        Interlocked.Increment(ref _commands);
        try
        {
            ConnectionMultiplexer connection = await OpenedAsync();
            T value = await command(connection.GetDatabase()).WaitAsync(options.Redis.Timeout, time);
            Found(State.There, "");
            return new Answer<T>(true, value);
        }
        catch (Exception exception) when (RedisLink.IsExpected(exception) && exception is not RedisServerException)
        {
            Interlocked.Increment(ref _failures);
            Missed(exception);
            return Answer<T>.None;
        }
        catch (Exception exception) // Redis's own, the library's (no such database, keys on two nodes), or of a reply that is none
        {
            Interlocked.Increment(ref _refusals);
            Refused(Words.Tame(exception.Message), keys);
            return Answer<T>.None;
        }
        finally
        {
            Interlocked.Increment(ref _answered);
        }
    }

    /// <summary>
    /// Listens to a channel until the returned object is disposed of. Messages may be lost, and come on any thread; the listener returns
    /// soon. Redis need not be there yet, and where it is known to be away nobody waits for it: the library subscribes at every reconnection, and
    /// <see cref="SubscriptionWatch"/> sees to the rest.
    /// </summary>
    public async Task<IAsyncDisposable> SubscribeAsync(RedisChannel channel, Action<RedisValue> listener)
    {
        RedisSubscription subscription = _link.Subscribe(channel, listener);
        if (IsAway)
        {
            return subscription;
        }

        try
        {
            await OpenedAsync();
        }
        catch (Exception exception)
        {
            Missed(exception); // it begins when there is a connection
            return subscription;
        }

        await BegunAsync(subscription);
        return subscription;
    }

    /// <summary>
    /// Begins subscriptions anew that were refused or have failed, or all, because nothing is heard: then there is reason to doubt the connection.
    /// </summary>
    public async Task RenewSubscriptionsAsync(bool all)
    {
        if (all)
        {
            _link.Doubt();
        }

        await Task.WhenAll(_link.Renew(all).Select(BegunAsync));
    }

    public ValueTask DisposeAsync()
    {
        _isDisposed = true;
        return _link.DisposeAsync();
    }

    /// <summary>An attempt to connect may take longer, see <see cref="ConnectionSetup.ConnectTime"/>: who asks meanwhile goes on as if Redis were away.</summary>
    private Task<ConnectionMultiplexer> OpenedAsync() => _link.OpenAsync().WaitAsync(2 * options.Redis.Timeout, time);

    /// <summary>Throws nothing. Whether Redis is away only commands tell: subscriptions have a socket of their own.</summary>
    private async Task BegunAsync(RedisSubscription subscription)
    {
        try
        {
            await subscription.Begun.WaitAsync(options.Redis.Timeout, time);
        }
        catch (Exception exception) when (RedisLink.IsExpected(exception) && exception is not RedisServerException)
        {
            _link.Doubt();
        }
        catch (Exception exception)
        {
            Refused(Words.Tame(exception.Message), [(string?)subscription.Channel]);
        }
    }

    private void Missed(Exception exception)
    {
        Found(State.Away, exception.Message);
        if (exception is TimeoutException) // otherwise the library knows, and connects anew
        {
            _link.Doubt();
        }
    }

    /// <summary>Of several nodes one may be away, and every other command finds another state: that is said, but not every time.</summary>
    private void Found(State state, string reason)
    {
        State before = (State)Interlocked.Exchange(ref _state, (int)state);
        if (_isDisposed)
        {
            return;
        }

        if (state == State.There)
        {
            if (before == State.Unknown || (before == State.Away && Interlocked.Exchange(ref _isAwaySaid, 0) == 1))
            {
                ClusterLog.There(logger, options.Redis);
            }
        }
        else if (Volatile.Read(ref _isAwaySaid) == 0 && IsDue(ref _awayAt, AwayInterval) && Interlocked.Exchange(ref _isAwaySaid, 1) == 0)
        {
            ClusterLog.Away(logger, options.Redis, reason);
        }
    }

    /// <summary>It is there, and will not: full, a replica, loading. It may refuse every write and take every read.</summary>
    private void Refused(string words, RedisKey[] keys)
    {
        Found(State.There, "");
        if (IsDue(ref _refusedAt, RefusedInterval))
        {
            ClusterLog.Refused(logger, options.Redis, keys.Length == 0 ? "a command" : string.Join(", ", keys), words);
        }
    }

    private bool IsDue(ref long last, TimeSpan interval)
    {
        long now = time.GetTimestamp();
        long before = Volatile.Read(ref last);
        return (before == 0 || time.GetElapsedTime(before, now) >= interval) && Interlocked.CompareExchange(ref last, now, before) == before;
    }

    private enum State
    {
        Unknown,
        There,
        Away,
    }
}
