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
/// Who holds how many slots of each engine, in Redis. Every worker writes what it holds, not what has changed, at every change and every heartbeat;
/// so nothing leaks, whatever was lost, and what a dead worker held is free when its own heartbeats are missed. Redis away: each worker keeps to
/// the limit by itself.
/// </summary>
internal sealed class SharedSlots(
    RedisConnection redis, ClusterOptions options, WorkerIdentity identity, EngineCatalog catalog, TimeProvider time, ILogger<SharedSlots> logger)
    : SteadyService(time, logger), ISlotLedger
{
    /// <summary>In the place of a limit: it is so already.</summary>
    private const int Anyway = -1;

    private const double MissedBeats = 2.5;

    /// <summary>Beats after which a worker seems to be dead to whoever has the lease of a stream of its.</summary>
    private const double DoubtfulBeats = 1.5;

    /// <summary>For which a slot that was given back for a worker waits for it.</summary>
    private static readonly TimeSpan KeptFor = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, SlotTally> _tallies = [];

    public event Action? Freed;

    /// <summary>A dead worker's slots last longer than its leases, and until others have looked: whoever takes its streams over has them first.</summary>
    private TimeSpan Lifetime => Longer(
        (options.LeaseTime * 7 / 6) + options.WorkerHeartbeat + TimeSpan.FromSeconds(1), options.WorkerHeartbeat * MissedBeats);

    /// <summary>Of any worker.</summary>
    private static TimeSpan LongestLifetime => ClusterOptions.LongestLease + (ClusterOptions.LongestHeartbeat * MissedBeats);

    public bool HearsOthers(Engine engine) => _tallies.TryGetValue(engine.Address.Id, out SlotTally? tally) && tally.IsFresh(Longer(options.LeaseTime, options.WorkerHeartbeat * MissedBeats), Time);

    public int Elsewhere(Engine engine) => _tallies.TryGetValue(engine.Address.Id, out SlotTally? tally) ? tally.Elsewhere : 0;

    /// <summary>Waits for one answer of Redis, or for that nobody gets one; when it is known to be away, for nothing.</summary>
    public async ValueTask<bool> TryTakeAsync(Engine engine, int most, string predecessor)
    {
        SlotTally tally = TallyOf(engine.Address.Id);
        if (IsAway(tally))
        {
            tally.Take(); // Redis gets it with the next refresh that it answers
            return true;
        }

        await tally.Writing.WaitAsync();
        try
        {
            string begin = tally.Begin;
            bool isGranted = IsAway(tally) || await AskAsync(engine.Address.Id, tally, 1, most, predecessor)
                || (begin.Length > 0 && tally.Begin != begin && await AskAsync(engine.Address.Id, tally, 1, most, predecessor)); // believed since
            if (isGranted)
            {
                tally.Take();
            }

            return isGranted;
        }
        finally
        {
            tally.Writing.Release();
        }
    }

    /// <summary>It is not held any more, whatever becomes of telling the others.</summary>
    public void Release(Engine engine, string heir)
    {
        SlotTally tally = TallyOf(engine.Address.Id);
        tally.GiveBack(heir);
        if (!IsAway(tally))
        {
            _ = RefreshAsync(engine.Address.Id);
        }
    }

    public override void Dispose()
    {
        foreach (SlotTally tally in _tallies.Values)
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
            string[] known = [.. catalog.Engines.Select(engine => engine.Address.Id)];
            await Task.WhenAll(known.Select(RefreshAsync));
            foreach ((string _, SlotTally tally) in _tallies.Where(entry => entry.Value.Held == 0 && !known.Contains(entry.Key)))
            {
                await ForgetAsync(tally);
            }
        }
    }

    /// <summary>An engine that is not listed any more, and may be again.</summary>
    private static async Task ForgetAsync(SlotTally tally)
    {
        await tally.Writing.WaitAsync();
        tally.Forget();
        tally.Writing.Release();
    }

    /// <summary>
    /// Says again what is held, and hears what others hold: a message that one was freed may have been lost, or the holder died. Redis is
    /// asked even when it is away, all engines at once, and nobody waits for it then.
    /// </summary>
    private async Task RefreshAsync(string engine)
    {
        SlotTally tally = TallyOf(engine);
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
    private async Task<bool> AskAsync(string engine, SlotTally tally, int more, int most, string predecessor = "")
    {
        RedisKey key = ClusterKeys.Engine(engine);
        RedisValue[] values =
        [
            identity.Id, tally.Held + more, most, Milliseconds(options.WorkerHeartbeat * DoubtfulBeats), Milliseconds(Lifetime),
            Milliseconds(LongestLifetime), (string)ClusterKeys.Slots!, predecessor, tally.Begin, tally.Known, Milliseconds(KeptFor),
            .. tally.TakeHeirs(),
        ];
        Answer<Reply> answer = await redis.RunAsync(SlotScript.Hold, Read, [key], values);
        if (!answer.IsThere)
        {
            tally.HearNothing();
            return true;
        }

        Reply reply = answer.Value;
        if (reply.Nonsense.Length > 0)
        {
            ClusterLog.BadSlots(Logger, (string)key!, reply.Nonsense);
        }

        tally.Hear(reply.Elsewhere, reply.Others, reply.Begin, Lifetime, Time);
        return reply.IsGranted;
    }

    /// <summary>The last command of all was not answered, and the last about this engine was not either: they may be on different nodes.</summary>
    private bool IsAway(SlotTally tally) => redis.IsAway && !tally.IsAnswered;

    private static long Milliseconds(TimeSpan span) => (long)span.TotalMilliseconds;

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private static Reply Read(RedisResult reply)
    {
        var parts = (RedisResult[])reply!;
        string nonsense = Words.Tame(string.Join(", ", parts[4..].Select(worker => (string?)worker)));
        return new Reply((int)parts[0] == 1, (int)parts[1], (string)parts[2]!, (int)parts[3], nonsense);
    }

    private SlotTally TallyOf(string engine) => _tallies.GetOrAdd(engine, static _ => new SlotTally());

    /// <param name="IsGranted">This worker holds what it wanted.</param>
    /// <param name="Elsewhere">What others hold, or held when what Redis has was last believed.</param>
    /// <param name="Begin">When what Redis has of them began.</param>
    /// <param name="Others">What others hold by that.</param>
    /// <param name="Nonsense">Whose entries were taken out because they made no sense.</param>
    private readonly record struct Reply(bool IsGranted, int Elsewhere, string Begin, int Others, string Nonsense);
}
