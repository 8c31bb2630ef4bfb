using AceProxy.Content;
using StackExchange.Redis;

namespace AceProxy.Cluster;

/// <summary>
/// Every name used in Redis. The names of one stream share a hash tag, so that a script may use them together in Redis Cluster; content keys
/// are letters, digits, dots and dashes.
/// </summary>
internal static class ClusterKeys
{
    /// <summary>Hash: worker id → its entry, see <see cref="Workers.WorkerDirectory"/>.</summary>
    public static readonly RedisKey Workers = "aceproxy:workers";

    /// <summary>Stream: what all workers have told last, see <see cref="Cluster.Events.SharedEvents"/>.</summary>
    public static readonly RedisKey Events = "aceproxy:{events}:log";

    /// <summary>What is told, event by event.</summary>
    public static readonly RedisChannel EventsTold = Channel("aceproxy:events");

    /// <summary>Commands to other workers.</summary>
    public static readonly RedisChannel Commands = Channel("aceproxy:commands");

    /// <summary>Hash: what operators have said of engines, see <see cref="Cluster.Orders.SharedEngineOrders"/>.</summary>
    public static readonly RedisKey EngineOrders = "aceproxy:orders";

    /// <summary>A slot of some engine has become free.</summary>
    public static readonly RedisChannel Slots = Channel("aceproxy:engines");

    /// <summary>Hash: worker → the slots it holds of the engine, see <see cref="Cluster.Slots.SharedSlots"/>.</summary>
    public static RedisKey Engine(string id) => $"aceproxy:engines:{id}";

    /// <summary>String: the number of the last event in <see cref="Events"/> that a worker has told since this start.</summary>
    public static RedisKey EventsOf(string worker, DateTimeOffset started) => $"aceproxy:{{events}}:last:{worker}:{started.ToUnixTimeMilliseconds()}";

    /// <summary>String: there while somebody waits for the command to be carried out.</summary>
    public static RedisKey Command(string id) => $"aceproxy:command:{id}";

    /// <summary>Replies to commands of this worker.</summary>
    public static RedisChannel Replies(string worker) => Channel($"aceproxy:replies:{worker}");

    /// <summary>What one worker says to itself, see <see cref="Connection.SubscriptionWatch"/>.</summary>
    public static RedisChannel Echo(string id) => Channel($"aceproxy:echo:{id}");

    /// <summary>String: who owns the stream, and its epoch.</summary>
    public static RedisKey Lease(ContentKey stream) => Of(stream, "lease");

    /// <summary>String: the last epoch that was given out.</summary>
    public static RedisKey Epoch(ContentKey stream) => Of(stream, "epoch");

    /// <summary>Hash: the newest segment, and what its epoch continues.</summary>
    public static RedisKey Meta(ContentKey stream) => Of(stream, "meta");

    /// <summary>String: one segment.</summary>
    public static RedisKey Segment(ContentKey stream, long epoch, long number) => Of(stream, $"chunk:{epoch}:{number}");

    /// <summary>Sorted set: worker/client by Redis's time of its last progress, in ms.</summary>
    public static RedisKey Clients(ContentKey stream) => Of(stream, "clients");

    /// <summary>Wake-ups: a segment was written, the lease was released or handed over.</summary>
    public static RedisChannel Changes(ContentKey stream) => Channel(Of(stream, "events"));

    private static string Of(ContentKey stream, string what) => $"aceproxy:{{{stream.Value}}}:{what}";

    private static RedisChannel Channel(string name) => new(name, RedisChannel.PatternMode.Literal);
}
