using StackExchange.Redis;

namespace AceProxy.Cluster.Connection;

/// <summary>
/// The client library's connection, opened at the first use. The library notices one that breaks, but not one that goes silent: to a peer that
/// has gone without a word it writes until the kernel gives up, a quarter of an hour. So whoever was not answered says it, the nodes are pinged,
/// and where one stays silent while a new connection is answered, that one takes the old one's place, and the subscriptions with it.
/// </summary>
internal sealed class RedisLink(RedisOptions options, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private static readonly TimeSpan LeastPatience = TimeSpan.FromSeconds(10);

    /// <summary>Between two looks at a new connection.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly HashSet<RedisSubscription> _subscriptions = [];
    private readonly CancellationTokenSource _ending = new();
    private Task<ConnectionMultiplexer>? _opening;
    private Task _watching = Task.CompletedTask;
    private bool _isDisposed;

    /// <summary>With a ping that is not answered, and so the least between two new connections.</summary>
    private TimeSpan Patience => 3 * options.Timeout > LeastPatience ? 3 * options.Timeout : LeastPatience;

    /// <summary>Of the library, or for want of an answer.</summary>
    public static bool IsExpected(Exception exception) =>
        exception is RedisException or TimeoutException or ObjectDisposedException or OperationCanceledException;

    public Task<ConnectionMultiplexer> OpenAsync()
    {
        lock (_gate)
        {
            if (_opening is null or { IsFaulted: true } && !_isDisposed)
            {
                Use(Task.Run(ConnectAsync));
            }

            return _opening ?? Task.FromException<ConnectionMultiplexer>(new ObjectDisposedException(nameof(RedisLink)));
        }
    }

    /// <summary>Begins at once, and anew on whatever connection takes this one's place.</summary>
    public RedisSubscription Subscribe(RedisChannel channel, Action<RedisValue> listener)
    {
        lock (_gate)
        {
            var subscription = new RedisSubscription(this, channel, listener, OpenAsync());
            _subscriptions.Add(subscription);
            return subscription;
        }
    }

    /// <summary>Begins subscriptions anew where they are: all, or those that were refused, have failed or were never begun. Does not wait.</summary>
    /// <returns>Those.</returns>
    public IReadOnlyList<RedisSubscription> Renew(bool all)
    {
        lock (_gate)
        {
            if (_isDisposed || _opening is not { IsCompletedSuccessfully: true } opened)
            {
                return [];
            }

            // A channel is one subscription of the library's, however many listen to it here, and is given up only as a whole.
            ILookup<RedisChannel, RedisSubscription> channels = _subscriptions.ToLookup(subscription => subscription.Channel);
            IGrouping<RedisChannel, RedisSubscription>[] concerned =
                [.. channels.Where(channel => all || channel.Any(subscription => subscription.IsLostOn(opened.Result)))];
            foreach (IGrouping<RedisChannel, RedisSubscription> channel in concerned)
            {
                _ = ForgetAsync(opened.Result, channel.Key);
                foreach (RedisSubscription subscription in channel)
                {
                    subscription.BeginOn(opened);
                }
            }

            return [.. concerned.SelectMany(channel => channel)];
        }
    }

    /// <summary>Returns when Redis has taken note, or has had its time.</summary>
    public async Task UnsubscribeAsync(RedisSubscription subscription)
    {
        lock (_gate)
        {
            _subscriptions.Remove(subscription); // from here on it stays where it is
            if (_isDisposed)
            {
                return;
            }
        }

        try
        {
            await subscription.EndAsync().WaitAsync(options.Timeout, time);
        }
        catch (Exception exception) when (IsExpected(exception))
        {
            // Redis is away, and has forgotten by itself.
        }
    }

    /// <summary>Something was not answered in time. Does not wait.</summary>
    public void Doubt()
    {
        lock (_gate)
        {
            if (!_isDisposed && _watching.IsCompleted && _opening is { IsCompletedSuccessfully: true } opened)
            {
                _watching = Task.Run(() => WatchAsync(opened.Result));
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task<ConnectionMultiplexer>? opening;
        lock (_gate)
        {
            _isDisposed = true;
            opening = _opening;
        }

        await _ending.CancelAsync();
        try
        {
            await Task.WhenAll(CloseAsync(opening), _watching).WaitAsync(options.Timeout, time);
        }
        catch (Exception exception) when (IsExpected(exception))
        {
            // The process ends; so does the connection.
        }
    }

    private async Task WatchAsync(ConnectionMultiplexer old)
    {
        try
        {
            if (await SilenceAsync(old) is { } silence)
            {
                ConnectionMultiplexer fresh = await ConnectAsync(), surplus = fresh;
                try
                {
                    surplus = await IsWellAsync(fresh) && TryReplace(silence, fresh) ? old : fresh;
                }
                finally
                {
                    await CloseAsync(surplus);
                }
            }
        }
        catch (Exception exception) when (IsExpected(exception))
        {
            // It ends, or could not connect: whoever is not answered next begins again.
        }
        catch (Exception exception)
        {
            ClusterLog.NotReconnected(logger, exception, options);
        }
    }

    /// <returns>The last ping, which may still be answered by all; null: it was.</returns>
    private async Task<Task<NodeState[]>?> SilenceAsync(ConnectionMultiplexer connection)
    {
        long begun = time.GetTimestamp();
        Task<NodeState[]> ping;
        TimeSpan left = Patience;
        do
        {
            ping = NodePing.SendAsync(connection);
            try
            {
                if (!IsSilent(await ping.WaitAsync(left, time, _ending.Token)))
                {
                    return null;
                }
            }
            catch (TimeoutException)
            {
                // The library has no limit of its own for an answer, or a longer one.
            }

            left = Patience - time.GetElapsedTime(begun);
        }
        while (left > TimeSpan.Zero);

        return ping;
    }

    /// <summary>The old one may have gone on in the meantime, if Redis only stood still.</summary>
    private bool TryReplace(Task<NodeState[]> silence, ConnectionMultiplexer fresh)
    {
        lock (_gate)
        {
            if (_isDisposed || (silence.IsCompletedSuccessfully && !IsSilent(silence.Result)))
            {
                return false;
            }

            Use(Task.FromResult(fresh));
        }

        ClusterLog.Reconnected(logger, options, Patience.TotalSeconds);
        return true;
    }

    private void Use(Task<ConnectionMultiplexer> opening)
    {
        _opening = opening;
        foreach (RedisSubscription subscription in _subscriptions)
        {
            subscription.BeginOn(opening);
        }
    }

    /// <summary>A node answers, and the socket for subscriptions does, which may come up later.</summary>
    private async Task<bool> IsWellAsync(ConnectionMultiplexer fresh)
    {
        long begun = time.GetTimestamp();
        try
        {
            while (ConnectionSetup.ConnectTime(options) - time.GetElapsedTime(begun) is var left && left > TimeSpan.Zero)
            {
                NodeState[] states = await NodePing.SendAsync(fresh).WaitAsync(left, time, _ending.Token);
                int answering = states.Count(state => state == NodeState.Answers);
                if (IsSilent(states) || answering == 0 || states[^1] == NodeState.Answers)
                {
                    return !IsSilent(states) && answering > 1;
                }

                await Task.Delay(Pause, time, _ending.Token);
            }
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            // It is not, or is not wanted any more.
        }

        return false;
    }

    private static bool IsSilent(NodeState[] states) => states.Contains(NodeState.Silent);

    private static async Task ForgetAsync(ConnectionMultiplexer connection, RedisChannel channel)
    {
        try
        {
            await connection.GetSubscriber().UnsubscribeAsync(channel);
        }
        catch (Exception exception) when (IsExpected(exception))
        {
            // Then Redis has forgotten by itself.
        }
    }

    private Task<ConnectionMultiplexer> ConnectAsync() => ConnectionMultiplexer.ConnectAsync(ConnectionSetup.Of(options));

    private static async Task CloseAsync(Task<ConnectionMultiplexer>? opening)
    {
        if (opening is not null)
        {
            await CloseAsync(await opening);
        }
    }

    private static async Task CloseAsync(ConnectionMultiplexer connection)
    {
        await connection.CloseAsync(allowCommandsToComplete: false);
        connection.Dispose();
    }
}
