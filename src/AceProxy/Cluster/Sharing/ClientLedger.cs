using System.Collections.Concurrent;
using AceProxy.Cluster.Connection;
using AceProxy.Cluster.Workers;
using AceProxy.Hosting;
using AceProxy.LiveStreams;
using StackExchange.Redis;

namespace AceProxy.Cluster.Sharing;

/// <summary>
/// Keeps this worker's clients in each stream's sorted set, scored by Redis's time of their last progress: all of a stream in one command a
/// heartbeat, and at once when the first comes or the last goes, which is what an owner elsewhere needs to know.
/// </summary>
internal sealed class ClientLedger(
    RedisConnection redis, WorkerIdentity identity, LiveStreamOptions options, TimeProvider time, ILogger<ClientLedger> logger)
    : SteadyService(time, logger)
{
    /// <summary>How soon a first or a last client is noticed; it costs nothing but a look at our own streams.</summary>
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(250);

    // KEYS: clients. ARGV: channel, how long a client is believed in ms, whether to tell, how many have gone, those, then member, age in ms, …
    public static readonly RedisScript Write = new("""
        local now = redis.call('TIME')
        local ms = now[1] * 1000 + math.floor(now[2] / 1000)
        redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', ms - ARGV[2]))
        local function all(command, list, from, to)
          for i = from, to, 1000 do redis.call(command, KEYS[1], unpack(list, i, math.min(i + 999, to))) end -- Lua's stack takes some 8000
        end
        local gone, scored = tonumber(ARGV[4]), {}
        for i = 5 + gone, #ARGV, 2 do
          table.insert(scored, string.format('%.0f', ms - ARGV[i + 1]))
          table.insert(scored, ARGV[i])
        end
        all('ZREM', ARGV, 5, 4 + gone)
        all('ZADD', scored, 1, #scored)
        redis.call('PEXPIRE', KEYS[1], ARGV[2])
        if ARGV[3] == '1' then redis.call('PUBLISH', ARGV[1], 'clients') end
        return 1
        """);

    private readonly ConcurrentDictionary<LiveStream, Entry> _entries = [];

    /// <summary>Its clients are told from now on.</summary>
    public void Begin(LiveStream stream) => _entries[stream] = new Entry();

    /// <summary>They are taken out.</summary>
    public async Task EndAsync(LiveStream stream)
    {
        if (_entries.TryRemove(stream, out Entry? entry))
        {
            await entry.Writing;
            await WriteAsync(stream, entry, [], isTold: entry.Members.Count > 0);
        }
    }

    protected override async Task RunAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(Beat, Time);
        while (await timer.WaitForNextTickAsync(cancellation)) // at the end each stream takes its own out
        {
            foreach ((LiveStream stream, Entry entry) in _entries)
            {
                Look(stream, entry);
            }
        }
    }

    private void Look(LiveStream stream, Entry entry)
    {
        if (!entry.Writing.IsCompleted)
        {
            return; // Redis is slow; the next look finds what has changed
        }

        IReadOnlyList<Client> clients = stream.Clients;
        bool isTold = entry.Members.Count == 0 != (clients.Count == 0);
        bool isDue = clients.Count > 0 && Time.GetElapsedTime(entry.WrittenAt) >= options.HeartbeatInterval;
        if (isTold || isDue)
        {
            entry.Writing = WriteAsync(stream, entry, clients, isTold);
        }
    }

    private async Task WriteAsync(LiveStream stream, Entry entry, IReadOnlyList<Client> clients, bool isTold)
    {
        var members = clients.ToDictionary(client => $"{identity.Id}/{client.Id}", client => client.SinceHeartbeat());
        string[] gone = [.. entry.Members.Where(member => !members.ContainsKey(member))];
        if (members.Count == 0 && gone.Length == 0)
        {
            return;
        }

        RedisValue[] values =
        [
            (string)ClusterKeys.Changes(stream.Key)!, (long)options.ClientTtl.TotalMilliseconds, isTold ? 1 : 0, gone.Length,
            .. gone.Select(member => (RedisValue)member),
            .. members.SelectMany(member => new RedisValue[] { member.Key, (long)member.Value.TotalMilliseconds }),
        ];
        entry.WrittenAt = Time.GetTimestamp();
        Answer<RedisResult> answer = await redis.RunAsync(Write, [ClusterKeys.Clients(stream.Key)], values);
        if (answer.IsThere)
        {
            entry.Members = [.. members.Keys];
        }
    }

    private sealed class Entry
    {
        /// <summary>What Redis has of it, as far as we know; only <see cref="Writing"/> changes it.</summary>
        public HashSet<string> Members { get; set; } = [];

        public long WrittenAt { get; set; }

        public Task Writing { get; set; } = Task.CompletedTask;
    }
}
