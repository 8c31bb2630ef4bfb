using System.Collections.Concurrent;
using AceProxy.Cluster.Connection;
using AceProxy.Cluster.Workers;
using AceProxy.Engines;
using AceProxy.Engines.Sources;
using AceProxy.Hosting;
using AceProxy.Telemetry;
using StackExchange.Redis;

namespace AceProxy.Cluster.Slots;

/// <summary>
/// Who holds how many slots of each engine, in a hash an engine: worker → <c>slots:milliseconds of Redis's clock until which it is believed</c>.
/// Every worker writes what it holds, not what has changed, at every change and every heartbeat; so nothing leaks, whatever was lost, and what
/// a dead worker held is free when its own heartbeats are missed. Redis away: each worker keeps to the limit by itself.
/// </summary>
internal sealed class SharedSlots(
    RedisConnection redis, ClusterOptions options, WorkerIdentity identity, EngineCatalog catalog, TimeProvider time, ILogger<SharedSlots> logger)
    : SteadyService(time, logger), ISlotLedger
{
    // KEYS: engine. ARGV: worker, how many it wants to hold, how many all may hold (-1: it holds them anyway), for how many ms its entry is believed,
    // channel, engine, the longest that any is believed, the predecessor or '', which seems to be dead when it is believed for no more ms than
    // the last. Answers {1 or 0, what the others hold, those whose entries made no sense and were taken
    // out …}; so does one that would be believed for longer: a Redis whose clock was ahead had it written, and its worker may be dead.
    private static readonly RedisScript Hold = new("""
        local now = redis.call('TIME')
        local ms = now[1] * 1000 + math.floor(now[2] / 1000)
        local others, mine = 0, 0
        local nonsense = {}
        local estate
        local all = redis.call('HGETALL', KEYS[1])
        for i = 1, #all, 2 do
          local slots, till = string.match(all[i + 1], '^(%d%d?%d?%d?):(%d+)$')
          local left = till and tonumber(till) - ms
          if all[i] == ARGV[1] then mine = tonumber(slots or 0)
          elseif left and left >= 0 and left <= tonumber(ARGV[7]) then
            others = others + tonumber(slots)
            if all[i] == ARGV[8] and left <= tonumber(ARGV[9]) and tonumber(slots) > 0 then estate = (slots - 1) .. ':' .. till end
          else
            redis.call('HDEL', KEYS[1], all[i])
            if not left or left > 0 then nonsense[#nonsense + 1] = string.sub(all[i], 1, 100) end
          end
        end
        local wanted = tonumber(ARGV[2])
        local most = tonumber(ARGV[3])
        if most >= 0 and others + wanted == most + 1 and estate then
          redis.call('HSET', KEYS[1], ARGV[8], estate)
          others = others - 1
        end
        if most >= 0 and others + wanted > most then return {0, others, unpack(nonsense, 1, 3)} end
        if wanted > 0 then redis.call('HSET', KEYS[1], ARGV[1], wanted .. ':' .. string.format('%.0f', ms + ARGV[4]))
        else redis.call('HDEL', KEYS[1], ARGV[1]) end
        if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[4]) then redis.call('PEXPIRE', KEYS[1], ARGV[4]) end
        if wanted < mine then redis.call('PUBLISH', ARGV[5], 'freed ' .. ARGV[6]) end
        return {1, others, unpack(nonsense, 1, 3)}
        """);

    /// <summary>In the place of a limit: it is so already.</summary>
    private const int Anyway = -1;

    private const double MissedBeats = 2.5;

    /// <summary>Beats after which a worker seems to be dead to whoever has the lease of a stream of its.</summary>
    private const double DoubtfulBeats = 1.5;

    private readonly ConcurrentDictionary<string, Tally> _tallies = [];

    private volatile bool _isAnswered;

    public event Action? Freed;

    /// <summary>A Redis that is there and refuses tells as little of them as one that is away.</summary>
    public bool HearsOthers => _isAnswered && !redis.IsAway;

    /// <summary>A dead worker's slots last longer than its leases, and until others have looked: whoever takes its streams over has them first.</summary>
    private TimeSpan Lifetime => Longer(
        (options.LeaseTime * 7 / 6) + options.WorkerHeartbeat + TimeSpan.FromSeconds(1), options.WorkerHeartbeat * MissedBeats);

    /// <summary>Of any worker.</summary>
    private static TimeSpan LongestLifetime => ClusterOptions.LongestLease + (ClusterOptions.LongestHeartbeat * MissedBeats);

    public int Elsewhere(Engine engine) => _tallies.TryGetValue(engine.Address.Id, out Tally? tally) ? tally.Elsewhere : 0;

    /// <summary>Waits for one answer of Redis, or for that nobody gets one; when it is known to be away, for nothing.</summary>
    public async ValueTask<bool> TryTakeAsync(Engine engine, int most, string predecessor)
    {
        Tally tally = TallyOf(engine.Address.Id);
        if (redis.IsAway)
        {
            tally.Change(1); // Redis gets it with the next refresh that it answers
            return true;
        }

        await tally.Writing.WaitAsync();
        try
        {
            bool isGranted = redis.IsAway || await AskAsync(engine.Address.Id, tally, 1, most, predecessor);
            if (isGranted)
            {
                tally.Change(1);
            }

            return isGranted;
        }
        finally
        {
            tally.Writing.Release();
        }
    }

    /// <summary>It is not held any more, whatever becomes of telling the others.</summary>
    public void Release(Engine engine)
    {
        TallyOf(engine.Address.Id).Change(-1);
        if (!redis.IsAway)
        {
            _ = RefreshAsync(engine.Address.Id);
        }
    }

    public override void Dispose()
    {
        foreach (Tally tally in _tallies.Values)
        {
            tally.Dispose();
        }

        base.Dispose();
    }

    protected override async Task RunAsync(CancellationToken cancellation)
    {
        await using IAsyncDisposable subscription = await redis.SubscribeAsync(ClusterKeys.Slots, _ => Freed?.Invoke());
        using var timer = new PeriodicTimer(options.WorkerHeartbeat, Time);
        while (await timer.WaitForNextTickAsync(cancellation)) // at the end what is still held is given back one by one
        {
            await Task.WhenAll(catalog.Engines.Select(engine => RefreshAsync(engine.Address.Id)));
        }
    }

    /// <summary>
    /// Says again what is held, and hears what others hold: a message that one was freed may have been lost, or the holder died. Redis is
    /// asked even when it is away, all engines at once, and nobody waits for it then.
    /// </summary>
    private async Task RefreshAsync(string engine)
    {
        Tally tally = TallyOf(engine);
        int before = tally.Elsewhere;
        await tally.Writing.WaitAsync();
        try
        {
            await AskAsync(engine, tally, 0, Anyway);
        }
        finally
        {
            tally.Writing.Release();
        }

        if (tally.Elsewhere < before)
        {
            Freed?.Invoke();
        }
    }

    /// <param name="more">How many more than now this worker wants to hold.</param>
    private async Task<bool> AskAsync(string engine, Tally tally, int more, int most, string predecessor = "")
    {
        RedisKey key = ClusterKeys.Engine(engine);
        Answer<Reply> answer = await redis.RunAsync(
            Hold, Read, [key], identity.Id, tally.Held + more, most, (long)Lifetime.TotalMilliseconds, (string)ClusterKeys.Slots!, engine,
            (long)LongestLifetime.TotalMilliseconds, predecessor, (long)(Lifetime - (options.WorkerHeartbeat * DoubtfulBeats)).TotalMilliseconds);
        _isAnswered = answer.IsThere;
        Reply reply = answer.IsThere ? answer.Value : new Reply(true, 0, "");
        if (reply.Nonsense.Length > 0)
        {
            ClusterLog.BadSlots(Logger, (string)key!, reply.Nonsense);
        }

        tally.Elsewhere = reply.Elsewhere;
        return reply.IsGranted;
    }

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private static Reply Read(RedisResult reply)
    {
        var parts = (RedisResult[])reply!;
        return new Reply((int)parts[0] == 1, (int)parts[1], Words.Tame(string.Join(", ", parts[2..].Select(worker => (string?)worker))));
    }

    private Tally TallyOf(string engine) => _tallies.GetOrAdd(engine, static _ => new Tally());

    /// <param name="IsGranted">This worker holds what it wanted.</param>
    /// <param name="Elsewhere">What others hold.</param>
    /// <param name="Nonsense">Whose entries were taken out because they made no sense.</param>
    private readonly record struct Reply(bool IsGranted, int Elsewhere, string Nonsense);

    /// <summary>One engine's slots.</summary>
    private sealed class Tally : IDisposable
    {
        private int _held;
        private volatile int _elsewhere;

        /// <summary>One write at a time, so that the last one that Redis gets is the last one that is true.</summary>
        public SemaphoreSlim Writing { get; } = new(1);

        /// <summary>By this worker; a write under <see cref="Writing"/> that misses a change is followed by one that does not.</summary>
        public int Held => Volatile.Read(ref _held);

        /// <summary>By others, when it was last heard of them; 0 while Redis is away.</summary>
        public int Elsewhere { get => _elsewhere; set => _elsewhere = value; }

        public void Change(int more) => Interlocked.Add(ref _held, more);

        public void Dispose() => Writing.Dispose();
    }
}
