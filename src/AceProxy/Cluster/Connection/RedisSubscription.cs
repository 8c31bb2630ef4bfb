using StackExchange.Redis;

namespace AceProxy.Cluster.Connection;

/// <summary>A channel that is listened to until this is disposed of.</summary>
internal sealed class RedisSubscription : IAsyncDisposable
{
    private readonly RedisLink _link;
    private readonly Action<RedisChannel, RedisValue> _listener;
    private Task<ConnectionMultiplexer> _opening;

    public RedisSubscription(RedisLink link, RedisChannel channel, Action<RedisValue> listener, Task<ConnectionMultiplexer> opening)
    {
        (_link, Channel, _listener, _opening) = (link, channel, (_, message) => listener(message), opening);
        Begun = BeginAsync(opening);
    }

    public RedisChannel Channel { get; }

    /// <summary>May take as long as a connection does; fails when Redis is away, and is noted all the same.</summary>
    public Task Begun { get; private set; }

    /// <summary>
    /// What it was begun on before will be closed, could not be opened, or has forgotten the channel: nobody unsubscribes it there.
    /// </summary>
    public void BeginOn(Task<ConnectionMultiplexer> opening)
    {
        _opening = opening;
        Begun = BeginAsync(opening);
    }

    /// <summary>Redis has refused it, it has failed, or the library has found nobody to subscribe it with.</summary>
    public bool IsLostOn(ConnectionMultiplexer connection) =>
        Begun.IsFaulted || Begun.IsCanceled || (Begun.IsCompleted && connection.GetSubscriber().SubscribedEndpoint(Channel) is null);

    /// <summary>To be called when nobody begins it anew any more.</summary>
    public async Task EndAsync()
    {
        await Begun.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await (await _opening).GetSubscriber().UnsubscribeAsync(Channel, _listener);
    }

    public async ValueTask DisposeAsync() => await _link.UnsubscribeAsync(this);

    private async Task BeginAsync(Task<ConnectionMultiplexer> opening) => await (await opening).GetSubscriber().SubscribeAsync(Channel, _listener);
}
