using System.Threading.Channels;
using AceProxy.Cluster.Connection;
using AceProxy.Content;

namespace AceProxy.Cluster.Sharing;

/// <summary>What other workers say on a stream's channel. Bounded: the oldest is forgotten first, as if it had been lost on its way.</summary>
internal sealed class StreamSignals : IAsyncDisposable
{
    private readonly Channel<StreamMessage> _messages = Channel.CreateBounded<StreamMessage>(
        new BoundedChannelOptions(64) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    private IAsyncDisposable? _subscription;
    private Task<bool>? _waiting;

    public static async Task<StreamSignals> ListenAsync(ContentKey stream, RedisConnection redis)
    {
        var signals = new StreamSignals();
        signals._subscription = await redis.SubscribeAsync(
            ClusterKeys.Changes(stream), message => signals._messages.Writer.TryWrite(new StreamMessage((string?)message ?? "")));
        return signals;
    }

    /// <summary>Takes what has been said since the last time, oldest first.</summary>
    public IReadOnlyList<StreamMessage> Take()
    {
        var messages = new List<StreamMessage>();
        while (_messages.Reader.TryRead(out StreamMessage message))
        {
            messages.Add(message);
        }

        return messages;
    }

    /// <summary>Completes when something is said. For one waiter.</summary>
    public Task SaidAsync()
    {
        _waiting = _waiting is { IsCompleted: false } ? _waiting : _messages.Reader.WaitToReadAsync().AsTask();
        return _waiting;
    }

    public async ValueTask DisposeAsync()
    {
        await _subscription!.DisposeAsync();
        _messages.Writer.TryComplete();
    }
}
