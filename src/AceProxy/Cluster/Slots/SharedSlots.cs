using System.Collections.Concurrent;
using AceProxy.Cluster.Connection;
using AceProxy.Cluster.Workers;
using AceProxy.Engines;
using AceProxy.Engines.Sources;
using StackExchange.Redis;

namespace AceProxy.Cluster.Slots;

/// <summary>
/// Who holds how many slots of each engine, in a hash an engine: worker → <c>slots:milliseconds of Redis's clock</c>. Every worker writes what it
/// holds, not what has changed, at every change and every heartbeat; so nothing leaks, whatever was lost, and what a dead worker held
/// is free when its heartbeat is old. Redis away: each worker keeps to the limit by itself.
/// </summary>
internal sealed class SharedSlots(
    RedisConnection redis, ClusterOptions options, WorkerIdentity identity, EngineCatalog catalog, TimeProvider time) : BackgroundService, ISlotLedger
{
    // KEYS: engine. ARGV: worker, how many it wants to hold, how many all may hold (-1: it holds them anyway), how long an entry is believed in ms,
    // channel, engine. Answers {1 or 0, what the others hold}.
    private static readonly RedisScript Hold = new("""
        local now = redis.call('TIME')
        local ms = now[1] * 1000 + math.floor(now[2] / 1000)
        local others, mine = 0, 0
        local all = redis.call('HGETALL', KEYS[1])
        for i = 1, #all, 2 do
          local slots, at = string.match(all[i + 1], '^(%d+):(%d+)$')
          if not slots or ms - tonumber(at) > tonumber(ARGV[4]) then redis.call('HDEL', KEYS[1], all[i])
          elseif all[i] == ARGV[1] then mine = tonumber(slots)
          else others = others + tonumber(slots) end
        end
        local wanted = tonumber(ARGV[2])
        if tonumber(ARGV[3]) >= 0 and others + wanted > tonumber(ARGV[3]) then return {0, others} end
        if wanted > 0 then redis.call('HSET', KEYS[1], ARGV[1], wanted .. ':' .. string.format('%.0f', ms))
        else redis.call('HDEL', KEYS[1], ARGV[1]) end
        redis.call('PEXPIRE', KEYS[1], ARGV[4])
        if wanted < mine then redis.call('PUBLISH', ARGV[5], 'freed ' .. ARGV[6]) end
        return {1, others}
        """);

    /// <summary>In the place of a limit: it is so already.</summary>
    private const int Anyway = -1;

    private readonly ConcurrentDictionary<string, Tally> _tallies = [];

    public event Action? Freed;

    /// <summary>A dead worker's slots are free when its leases are, so that whoever takes its streams over finds room.</summary>
    private TimeSpan Lifetime => options.LeaseTime > options.WorkerHeartbeat * 2.5 ? options.LeaseTime : options.WorkerHeartbeat * 2.5;

    public int Elsewhere(Engine engine) => _tallies.TryGetValue(engine.Address.Id, out Tally? tally) ? tally.Elsewhere : 0;

    public async ValueTask<bool> TryTakeAsync(Engine engine, int most) => await ChangeAsync(engine.Address.Id, 1, most);

    public void Release(Engine engine) => _ = ChangeAsync(engine.Address.Id, -1, Anyway);

    public override void Dispose()
    {
        foreach (Tally tally in _tallies.Values)
        {
            tally.Dispose();
        }

        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using IAsyncDisposable subscription = await redis.SubscribeAsync(ClusterKeys.Slots, _ => Freed?.Invoke());
        using var timer = new PeriodicTimer(options.WorkerHeartbeat, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await Task.WhenAll(catalog.Engines.Select(engine => RefreshAsync(engine.Address.Id)));
            }
        }
        catch (OperationCanceledException)
        {
            // The worker is stopping; what it still holds it gives back one by one.
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

    /// <summary>Waits for one answer of Redis, or for that nobody gets one; when it is known to be away, for nothing.</summary>
    /// <param name="more">How many more, or fewer, this worker holds with it.</param>
    private async Task<bool> ChangeAsync(string engine, int more, int most)
    {
        Tally tally = TallyOf(engine);
        if (redis.IsAway)
        {
            tally.Change(more); // Redis gets it with the next refresh that it answers
            return true;
        }

        await tally.Writing.WaitAsync();
        try
        {
            bool isGranted = redis.IsAway || await AskAsync(engine, tally, more, most);
            if (isGranted)
            {
                tally.Change(more);
            }

            return isGranted;
        }
        finally
        {
            tally.Writing.Release();
        }
    }

    private async Task<bool> AskAsync(string engine, Tally tally, int more, int most)
    {
        Answer<RedisResult> answer = await redis.RunAsync(
            Hold, [ClusterKeys.Engine(engine)], identity.Id, tally.Held + more, most, (long)Lifetime.TotalMilliseconds, (string)ClusterKeys.Slots!,
            engine);
        int[] reply = answer.IsThere ? (int[])answer.Value! : [1, 0];
        tally.Elsewhere = reply[1];
        return reply[0] == 1;
    }

    private Tally TallyOf(string engine) => _tallies.GetOrAdd(engine, static _ => new Tally());

    /// <summary>One engine's slots.</summary>
    private sealed class Tally : IDisposable
    {
        private int _held;
        private volatile int _elsewhere;

        /// <summary>One write at a time, so that the last one that Redis gets is the last one that is true.</summary>
        public SemaphoreSlim Writing { get; } = new(1);

        /// <summary>By this worker; changed under <see cref="Writing"/>, and without while Redis is away.</summary>
        public int Held => Volatile.Read(ref _held);

        /// <summary>By others, when it was last heard of them; 0 while Redis is away.</summary>
        public int Elsewhere { get => _elsewhere; set => _elsewhere = value; }

        public void Change(int more) => Interlocked.Add(ref _held, more);

        public void Dispose() => Writing.Dispose();
    }
}
