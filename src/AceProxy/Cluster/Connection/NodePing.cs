using StackExchange.Redis;

namespace AceProxy.Cluster.Connection;

/// <summary>A ping of every node that a connection knows, and of one where it is subscribed: that is a socket of its own.</summary>
internal static class NodePing
{
    /// <summary>Completes when nothing is awaited any more, perhaps never. The last state is that of the subscriptions.</summary>
    public static Task<NodeState[]> SendAsync(ConnectionMultiplexer connection) => Task.WhenAll(
        connection.GetEndPoints()
            .Select(node => StateAsync(() => connection.GetServer(node).PingAsync()))
            .Append(StateAsync(() => connection.GetSubscriber().PingAsync())));

    private static async Task<NodeState> StateAsync(Func<Task<TimeSpan>> ping)
    {
        try
        {
            await ping();
            return NodeState.Answers;
        }
        catch (RedisServerException)
        {
            return NodeState.Answers;
        }
        catch (TimeoutException)
        {
            return NodeState.Silent;
        }
        catch (Exception exception) when (RedisLink.IsExpected(exception))
        {
            return NodeState.Away;
        }
    }
}
