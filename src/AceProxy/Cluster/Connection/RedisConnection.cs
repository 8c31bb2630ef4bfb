using StackExchange.Redis;

namespace AceProxy.Cluster.Connection;

/// <summary>
/// The worker's one connection to Redis, opened at the first use and again whenever it is lost. Every command has a limit; what goes wrong is
/// an <see cref="Answer{T}"/> without a value, and is logged once for each change of state.
/// </summary>
internal sealed class RedisConnection(ClusterOptions options, TimeProvider time, ILogger<RedisConnection> logger) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private Task<ConnectionMultiplexer>? _opening;
    private long _commands;
    private long _answered;
    private long _failures;
    private long _refusals;
    private long _refusedAt;
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

    /// <summary>Commands that were answered with an error.</summary>
    public long Refusals => Volatile.Read(ref _refusals);

    public Task<Answer<RedisResult>> RunAsync(RedisScript script, RedisKey[] keys, params RedisValue[] values) =>
        AskAsync(async redis =>
        {
            try
            {
                return await redis.ScriptEvaluateAsync(script.Text, keys, values);
            }
            catch (RedisServerException exception) when (exception.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
            {
                // Redis has been restarted since the script was loaded; the library has just forgotten that it was, and loads it now.
                return await redis.ScriptEvaluateAsync(script.Text, keys, values);
            }
        });

    public async Task<Answer<T>> AskAsync<T>(Func<IDatabase, Task<T>> command)
    {
        Interlocked.Increment(ref _commands);
        try
        {
            ConnectionMultiplexer connection = await OpenedAsync();
            T value = await command(connection.GetDatabase()).WaitAsync(options.RedisTimeout, time);
            Found(State.There, "");
            return new Answer<T>(true, value);
        }
        catch (RedisServerException exception)
        {
            Interlocked.Increment(ref _refusals);
            Refused(exception.Message);
            return Answer<T>.None;
        }
        catch (Exception exception) when (IsExpected(exception))
        {
            Interlocked.Increment(ref _failures);
            Found(State.Away, exception.Message);
            return Answer<T>.None;
        }
        finally
        {
            Interlocked.Increment(ref _answered);
        }
    }

    /// <summary>
    /// Listens to a channel until the returned object is disposed of. Messages may be lost, and come on any thread; the listener returns
    /// soon. Redis need not be there yet: the library subscribes again at every reconnection.
    /// </summary>
    public async Task<IAsyncDisposable> SubscribeAsync(RedisChannel channel, Action<RedisValue> listener)
    {
        void Listen(RedisChannel of, RedisValue message) => listener(message);
        ISubscriber? subscriber = null;
        try
        {
            subscriber = (await OpenedAsync()).GetSubscriber();
            await subscriber.SubscribeAsync(channel, Listen).WaitAsync(options.RedisTimeout, time);
        }
        catch (Exception exception) when (IsExpected(exception))
        {
            Found(State.Away, exception.Message); // the library has noted it, and subscribes when Redis is there
        }

        return new Subscription(this, subscriber, channel, Listen);
    }

    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        if (_opening is not { } opening)
        {
            return;
        }

        try
        {
            await (await opening).CloseAsync(allowCommandsToComplete: false).WaitAsync(options.RedisTimeout, time);
            (await opening).Dispose();
        }
        catch (Exception exception) when (IsExpected(exception))
        {
            // The process ends; so does the connection.
        }
    }

    private static bool IsExpected(Exception exception) =>
        exception is RedisException or TimeoutException or ObjectDisposedException or OperationCanceledException;

    /// <summary>Longer than an attempt to connect takes, after which there is a connection that goes on trying.</summary>
    private Task<ConnectionMultiplexer> OpenedAsync() => OpenAsync().WaitAsync(2 * options.RedisTimeout, time);

    private Task<ConnectionMultiplexer> OpenAsync()
    {
        lock (_gate)
        {
            if (_opening is null or { IsFaulted: true } && !_isDisposed)
            {
                _opening = Task.Run(() => ConnectionMultiplexer.ConnectAsync(Configuration()));
            }

            return _opening ?? throw new ObjectDisposedException(nameof(RedisConnection));
        }
    }

    private ConfigurationOptions Configuration()
    {
        int patience = (int)options.RedisTimeout.TotalMilliseconds;
        var configuration = new ConfigurationOptions
        {
            AbortOnConnectFail = false, // Redis may come later
            ConnectTimeout = patience,
            SyncTimeout = patience,
            ConnectRetry = 1,
            KeepAlive = 5, // s; a peer that has silently gone is noticed by it
            ReconnectRetryPolicy = new LinearRetry(500), // ms
            ClientName = "aceproxy",
        };
        configuration.EndPoints.Add(options.RedisHost, options.RedisPort);
        return configuration;
    }

    private void Found(State state, string reason)
    {
        if (Interlocked.Exchange(ref _state, (int)state) == (int)state || _isDisposed)
        {
            return;
        }

        if (state == State.There)
        {
            ClusterLog.There(logger, options.RedisHost, options.RedisPort);
        }
        else
        {
            ClusterLog.Away(logger, options.RedisHost, options.RedisPort, reason);
        }
    }

    /// <summary>It is there, and will not: full, a replica, loading. Said once a minute, since it may refuse every write and take every read.</summary>
    private void Refused(string words)
    {
        Found(State.There, "");
        long now = time.GetTimestamp();
        long last = Volatile.Read(ref _refusedAt);
        if ((last == 0 || time.GetElapsedTime(last, now) >= TimeSpan.FromMinutes(1)) && Interlocked.CompareExchange(ref _refusedAt, now, last) == last)
        {
            ClusterLog.Refused(logger, options.RedisHost, options.RedisPort, words);
        }
    }

    private enum State
    {
        Unknown,
        There,
        Away,
    }

    private sealed class Subscription(
        RedisConnection connection, ISubscriber? subscriber, RedisChannel channel, Action<RedisChannel, RedisValue> listener) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            if (subscriber is null || connection._isDisposed)
            {
                return;
            }

            try
            {
                await subscriber.UnsubscribeAsync(channel, listener).WaitAsync(connection.Patience, connection.Time);
            }
            catch (Exception exception) when (IsExpected(exception))
            {
                // Redis is away, and has forgotten by itself.
            }
        }
    }

    private TimeSpan Patience => options.RedisTimeout;

    private TimeProvider Time => time;
}
