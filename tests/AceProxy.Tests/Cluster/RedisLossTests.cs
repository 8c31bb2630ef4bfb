using System.Collections.Concurrent;
using AceProxy.Cluster;
using AceProxy.Engines;
using AceProxy.Engines.Orders;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.LiveStreams;
using AceProxy.Tests.Functional;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace AceProxy.Tests.Cluster;

/// <summary>Redis that is away, comes back empty, hangs, forgets and is full.</summary>
public sealed class RedisLossTests
{
    private static readonly (string, string)[] Short = [("PROXY_LEASE_TIME", "2"), ("REDIS_TIMEOUT", "0.3")];

    [Fact]
    public async Task Absent_AtStart_ServesAloneAndSharesOnceItIsThere()
    {
        await using var redis = RedisServer.Absent();
        await using var engines = await TwoEngines.StartAsync();
        await using Workers workers = await Workers.StartAsync(redis, [engines.First, engines.Second], Short);

        using Viewer first = await Viewer.JoinAsync(workers[0], $"infohash={TwoEngines.Infohash}");
        using Viewer second = await Viewer.JoinAsync(workers[1], $"infohash={TwoEngines.Infohash}");
        await PlayAsync(TimeSpan.FromSeconds(1), first, second);
        Assert.Equal(2, engines.OpenSessions);

        await redis.RestartAsync();
        await PlayUntilOneOwnsAsync(workers, first, second);
        await PlayAsync(TimeSpan.FromSeconds(2), first, second);
        Assert.Equal(1, engines.OpenSessions);
        first.Checker.AssertGapless();
        second.Checker.AssertGapless();
    }

    [Fact]
    public async Task KilledAndRestartedEmpty_ViewersGoOnAndOneOwnerIsLeft()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using var engines = await TwoEngines.StartAsync();
        await using Workers workers = await Workers.StartAsync(redis, [engines.Both, engines.Both], Short);
        using Viewer first = await Viewer.JoinAsync(workers[0], $"infohash={TwoEngines.Infohash}");
        using Viewer second = await Viewer.JoinAsync(workers[1], $"infohash={TwoEngines.Infohash}");
        await PlayAsync(TimeSpan.FromSeconds(2), first, second);
        Assert.Equal(1, engines.OpenSessions);

        await redis.KillAsync();
        await PlayAsync(TimeSpan.FromSeconds(4), first, second); // longer than a lease: the follower reads for itself
        Assert.Equal(2, engines.OpenSessions);
        await redis.RestartAsync();
        await PlayUntilOneOwnsAsync(workers, first, second);
        await PlayAsync(TimeSpan.FromSeconds(2), first, second);

        Assert.Equal(1, engines.OpenSessions);
        first.Checker.AssertGapless();
        second.Checker.AssertGapless();
    }

    [Fact]
    public async Task RestartedEmptyAtOnce_OwnerStaysAndFollowerGoesOn()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped());
        await using Workers workers = await Workers.StartAsync(2, redis, engine, ("PROXY_LEASE_TIME", "15")); // and a busy machine is not an owner's death
        using Viewer first = await Viewer.JoinAsync(workers[0], $"infohash={content.Infohash}");
        using Viewer second = await Viewer.JoinAsync(workers[1], $"infohash={content.Infohash}");
        await PlayAsync(TimeSpan.FromSeconds(1), first, second);
        RunningProxy owner = await workers.OwnerAsync();

        for (int round = 0; round < 3; round++)
        {
            await redis.KillAsync();
            await redis.RestartAsync();
            await PlayAsync(TimeSpan.FromSeconds(2), first, second);
        }

        Assert.Equal("+OK", await redis.AskAsync("FLUSHALL"));
        await PlayAsync(TimeSpan.FromSeconds(4), first, second);
        Assert.Same(owner, await workers.OwnerAsync());
        Assert.Equal(1, engine.SessionsOpened);
        first.Checker.AssertGapless();
        Assert.Equal((0, 0), (second.Checker.Misaligned, second.Checker.Repeated)); // what Redis lost may be missing, announced
        Assert.Equal(0, second.Checker.CounterErrors);
    }

    [Fact]
    public async Task Stopped_OwnersClientsAreNotDelayedAndFollowersMissNothing()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped());
        await using Workers workers = await Workers.StartAsync(2, redis, engine, ("PROXY_LEASE_TIME", "20"), ("REDIS_TIMEOUT", "8"));
        using Viewer first = await Viewer.JoinAsync(workers[0], $"infohash={content.Infohash}");
        await first.UntilAsync(checker => checker.Packets > 100);
        using Viewer second = await Viewer.JoinAsync(workers[1], $"infohash={content.Infohash}");
        await PlayAsync(TimeSpan.FromSeconds(1), first, second);

        await redis.StopAsync();
        first.Checker.Lateness.Clear();
        await PlayAsync(TimeSpan.FromSeconds(3), first);
        double worst = first.Checker.Lateness.Max();
        await redis.ContinueAsync();
        await PlayAsync(TimeSpan.FromSeconds(2), first, second);

        Assert.InRange(worst, 0, 6000); // without sharing it is about 150 ms; eight seconds are lost at once when anything waits for Redis
        first.Checker.AssertGapless();
        second.Checker.AssertGapless();
        Assert.Equal(1, engine.SessionsOpened);
    }

    [Fact]
    public async Task Stopped_ForLongerThanALease_OwnerStaysInItsSession()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped());
        await using Workers workers = await Workers.StartAsync(2, redis, engine, ("PROXY_LEASE_TIME", "3"), ("REDIS_TIMEOUT", "0.3"));
        using Viewer first = await Viewer.JoinAsync(workers[0], $"infohash={content.Infohash}");
        await first.UntilAsync(checker => checker.Packets > 100);
        using Viewer second = await Viewer.JoinAsync(workers[1], $"infohash={content.Infohash}");
        await PlayAsync(TimeSpan.FromSeconds(1), first, second);

        await redis.StopAsync();
        await PlayAsync(TimeSpan.FromSeconds(6), first); // it asks for a lease again and again meanwhile, and hears of none of them
        await redis.ContinueAsync();
        await PlayAsync(TimeSpan.FromSeconds(3), first, second);

        Assert.Same(workers[0], await workers.OwnerAsync());
        Assert.Equal(1, engine.SessionsOpened);
        first.Checker.AssertGapless();
        second.Checker.AssertGapless();
    }

    [Fact]
    public async Task Full_EachWorkerServesItsOwn()
    {
        await using RedisServer redis = await RedisServer.StartAsync("--maxmemory", "100kb", "--maxmemory-policy", "noeviction"); // less than it takes by itself
        await using var engines = await TwoEngines.StartAsync();
        await using Workers workers = await Workers.StartAsync(redis, [engines.First, engines.Second], Short);
        using Viewer first = await Viewer.JoinAsync(workers[0], $"infohash={TwoEngines.Infohash}");
        using Viewer second = await Viewer.JoinAsync(workers[1], $"infohash={TwoEngines.Infohash}");
        await PlayAsync(TimeSpan.FromSeconds(6), first, second);

        Assert.Equal(2, engines.OpenSessions);
        first.Checker.AssertGapless();
        second.Checker.AssertGapless();
    }

    /// <summary>The owner's lease cannot be renewed either, and its follower reads for itself; until there is room again.</summary>
    [Fact]
    public async Task FullInMidPlay_EachWorkerSaysSoAndServesItsOwn_AndSharesWhenThereIsRoom()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using var engines = await TwoEngines.StartAsync();
        await using Workers workers = await Workers.StartAsync(redis, [engines.Both, engines.Both], [.. Short, ("PROXY_LEASE_TIME", "4"), ("REDIS_TIMEOUT", "2")]);
        RecordedLog[] logs = [.. workers.All.Select(_ => new RecordedLog())];
        foreach ((RunningProxy worker, RecordedLog log) in workers.All.Zip(logs))
        {
            worker.Services.GetRequiredService<ILoggerFactory>().AddProvider(log);
        }

        using Viewer first = await Viewer.JoinAsync(workers[0], $"infohash={TwoEngines.Infohash}");
        await first.UntilAsync(checker => checker.Packets > 100);
        using Viewer second = await Viewer.JoinAsync(workers[1], $"infohash={TwoEngines.Infohash}");
        await PlayAsync(TimeSpan.FromSeconds(2), first, second);
        Assert.Equal(1, engines.OpenSessions);

        Assert.Equal("+OK", await redis.AskAsync("CONFIG SET maxmemory 1"));
        await SafetyNet.EventuallyAsync(
            () => logs.All(log => log.Count("refuses what concerns") > 0 && log.Count("OOM") > 0), () => "a worker does not say that Redis refuses");
        await SafetyNet.EventuallyAsync(() => engines.OpenSessions == 2, () => "the follower does not read for itself");
        await PlayAsync(TimeSpan.FromSeconds(2), first, second);

        Assert.Equal("+OK", await redis.AskAsync("CONFIG SET maxmemory 0"));
        await PlayUntilOneOwnsAsync(workers, first, second);
        RunningProxy owner = await workers.OwnerAsync();
        ClusterCounters follower = workers.All.Single(worker => worker != owner).Services.GetRequiredService<ClusterCounters>();
        long read = follower.SegmentsRead;
        await PlayAsync(TimeSpan.FromSeconds(2), first, second);

        Assert.True(follower.SegmentsRead > read, "nothing is shared");
        Assert.Equal(1, engines.OpenSessions);
        Assert.All(logs, log => Assert.Equal(0, log.Count("unexpected error")));
        first.Checker.AssertGapless();
        Assert.Equal((0, 0, 0), (second.Checker.Misaligned, second.Checker.Repeated, second.Checker.CounterErrors)); // a slow machine is later than an engine's burst
    }

    [Fact]
    public async Task Full_AsItIsShipped_DropsOldChunksAndKeepsLeases()
    {
        await using RedisServer redis = await RedisServer.StartAsync(
            "--maxmemory", "10mb", "--maxmemory-policy", "volatile-lru", "--notify-keyspace-events", "Ee");
        using ConnectionMultiplexer observer = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{redis.Port}");
        ConcurrentQueue<string> dropped = [];
        await observer.GetSubscriber().SubscribeAsync(new RedisChannel("__keyevent@0__:evicted", RedisChannel.PatternMode.Literal), (_, key) => dropped.Enqueue(key.ToString()));
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent[] contents = [engine.Add(Contents.Stamped(1, bitsPerSecond: 8_000_000)), engine.Add(Contents.Stamped(2, bitsPerSecond: 300_000))];
        await using Workers workers = await Workers.StartAsync(2, redis, engine, ("PROXY_LEASE_TIME", "15")); // and a busy machine is not an owner's death
        List<Viewer> viewers = [];
        foreach ((SimulatedContent content, RunningProxy worker) in contents.SelectMany(content => workers.All.Select(worker => (content, worker))))
        {
            viewers.Add(await Viewer.JoinAsync(worker, $"infohash={content.Infohash}"));
        }

        for (int second = 0; second < 60 && dropped.Count < 20; second++)
        {
            await PlayAsync(TimeSpan.FromSeconds(1), [.. viewers]);
        }

        Assert.True(dropped.Count >= 20, $"{dropped.Count} dropped: Redis is not full");
        Assert.DoesNotContain(dropped, key => key.EndsWith(":lease", StringComparison.Ordinal) || key.EndsWith(":meta", StringComparison.Ordinal));
        Assert.Equal(2, engine.SessionsOpened);
        viewers[0].Checker.AssertGapless();
        viewers[2].Checker.AssertGapless();
        Assert.All(viewers, viewer => Assert.Equal( // a follower that lags may find a chunk gone, announced
            (0, 0, 0), (viewer.Checker.Misaligned, viewer.Checker.Repeated, viewer.Checker.CounterErrors)));
        viewers.ForEach(viewer => viewer.Dispose());
    }

    [Fact]
    public async Task Killed_WithOneEngineOnly_OwnersClientsAreNotDisturbed()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped());
        await using Workers workers = await Workers.StartAsync(2, redis, engine, [.. Short, ("PROXY_LEASE_TIME", "8")]);
        using Viewer first = await Viewer.JoinAsync(workers[0], $"infohash={content.Infohash}");
        await first.UntilAsync(checker => checker.Packets > 100);
        using Viewer second = await Viewer.JoinAsync(workers[1], $"infohash={content.Infohash}");
        await PlayAsync(TimeSpan.FromSeconds(1), first, second);

        await redis.KillAsync();
        await PlayAsync(TimeSpan.FromSeconds(10), first); // longer than a lease
        await redis.RestartAsync();
        await PlayAsync(TimeSpan.FromSeconds(4), first, second);

        Assert.Equal(1, engine.SessionsOpened); // a second one would have taken the owner's away
        Assert.Same(workers[0], await workers.OwnerAsync());
        first.Checker.AssertGapless();
        second.Checker.AssertGapless(); // the owner's ring had kept what was not written
    }

    [Fact]
    public async Task Killed_TheOtherEngineIsFull_OwnersSessionIsNotTakenFromIt()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using var engines = await TwoEngines.StartAsync();
        await using Workers workers = await Workers.StartAsync(redis, [engines.First, engines.Both], [.. Short, ("ENGINE_MAX_STREAMS", "1")]);
        using Viewer first = await Viewer.JoinAsync(workers[0], $"infohash={TwoEngines.Infohash}");
        await first.UntilAsync(checker => checker.Packets > 100);
        using Viewer second = await Viewer.JoinAsync(workers[1], $"infohash={TwoEngines.Infohash}");
        await PlayAsync(TimeSpan.FromSeconds(1), first, second);
        using EngineReservation? other = await workers[1].Engines.TryReserveOtherAsync(engines.First);
        Assert.NotNull(other);

        await redis.KillAsync();
        await PlayAsync(TimeSpan.FromSeconds(6), first);
        Assert.Equal(1, engines.SessionsOpened);
        other.Dispose();
        await PlayAsync(TimeSpan.FromSeconds(1), first, second);

        Assert.Equal((2, 2), (engines.SessionsOpened, engines.OpenSessions));
        first.Checker.AssertGapless();
        second.Checker.AssertGapless();
    }

    [Fact]
    public async Task KilledForGood_OwnerNobodyWatches_LeavesItsEngineToThoseWhoAreWatched()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using var engines = await TwoEngines.StartAsync();
        await using Workers workers = await Workers.StartAsync(redis, [engines.Both, engines.Both], [.. Short, ("UPSTREAM_GIVE_UP", "8")]);
        using Viewer first = await Viewer.JoinAsync(workers[0], $"infohash={TwoEngines.Infohash}");
        await first.UntilAsync(checker => checker.Packets > 100);
        using Viewer second = await Viewer.JoinAsync(workers[1], $"infohash={TwoEngines.Infohash}");
        await PlayAsync(TimeSpan.FromSeconds(1), first, second);
        first.Dispose();
        await SafetyNet.EventuallyAsync(
            () => workers[0].Streams.All() is [{ Clients.Count: 0, IdleFor: null }], () => "the owner does not know that somebody watches elsewhere");

        await redis.KillAsync();
        await workers[0].StreamsEndedAsync(SafetyNet.Limit);
        await PlayAsync(TimeSpan.FromSeconds(1), second);

        Assert.Equal(1, engines.OpenSessions);
        second.Checker.AssertGapless();
    }

    [Fact]
    public async Task KilledWithTheOtherEngine_OwnersSessionIsNotTakenFromIt()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using var engines = await TwoEngines.StartAsync();
        await using Workers workers = await Workers.StartAsync(redis, [engines.First, engines.Both], Short);
        using Viewer first = await Viewer.JoinAsync(workers[0], $"infohash={TwoEngines.Infohash}");
        await first.UntilAsync(checker => checker.Packets > 100);
        using Viewer second = await Viewer.JoinAsync(workers[1], $"infohash={TwoEngines.Infohash}");
        await PlayAsync(TimeSpan.FromSeconds(1), first, second);

        engines.End(1);
        await redis.KillAsync();
        LiveStream alone = workers[1].Streams.All().Single();
        await SafetyNet.EventuallyAsync(
            () => alone.Role == StreamRole.Owner && alone.Progress.Reconnections >= 4, () => "it has not asked the other engine again and again");
        await PlayAsync(TimeSpan.FromSeconds(1), first);

        Assert.Equal((1, 1), (engines.SessionsOpened, engines.OpenSessions));
        first.Checker.AssertGapless();
    }

    [Fact]
    public async Task Killed_TheOtherEngineIsToBeLeft_StreamStaysThereRatherThanTakeTheOwnersSession()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using var engines = await TwoEngines.StartAsync();
        await using Workers workers = await Workers.StartAsync(redis, [engines.First, engines.Both], Short);
        using Viewer first = await Viewer.JoinAsync(workers[0], $"infohash={TwoEngines.Infohash}");
        await first.UntilAsync(checker => checker.Packets > 100);
        using Viewer second = await Viewer.JoinAsync(workers[1], $"infohash={TwoEngines.Infohash}");
        await PlayAsync(TimeSpan.FromSeconds(1), first, second);
        await redis.KillAsync();
        await SafetyNet.EventuallyAsync(() => engines.OpenSessions == 2, () => "the follower does not read for itself");

        Engine leaving = workers[1].Engines.Engines.Single(engine => engine.Address.Id == engines.Second);
        workers[1].Orders.Give(EngineOrderKind.Drained, leaving.Address, holds: true);
        LiveStream alone = workers[1].Streams.All().Single();
        await SafetyNet.EventuallyAsync(() => alone.Progress.Note is not null || engines.SessionsOpened > 2, () => "it does not try to leave");
        await PlayAsync(TimeSpan.FromSeconds(1), first, second);

        Assert.Equal((2, 2), (engines.SessionsOpened, engines.OpenSessions));
        first.Checker.AssertGapless();
        second.Checker.AssertGapless();
    }

    [Fact]
    public async Task KilledAndRestartedWithoutTheOwner_WhatWasItsEngineIsAsGoodAsAnyOther()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using var engines = await TwoEngines.StartAsync();
        await using Workers workers = await Workers.StartAsync(redis, [engines.First, engines.Both], Short);
        using Viewer first = await Viewer.JoinAsync(workers[0], $"infohash={TwoEngines.Infohash}");
        await first.UntilAsync(checker => checker.Packets > 100);
        using Viewer second = await Viewer.JoinAsync(workers[1], $"infohash={TwoEngines.Infohash}");
        await PlayAsync(TimeSpan.FromSeconds(1), first, second);
        await redis.KillAsync();
        await SafetyNet.EventuallyAsync(() => engines.OpenSessions == 2, () => "the follower does not read for itself");
        await workers[0].StopAsync();
        await redis.RestartAsync();
        ClusterCounters counters = workers[1].Services.GetRequiredService<ClusterCounters>();
        await SafetyNet.EventuallyAsync(() => counters.LeasesHeld == 1, () => "it has no lease");

        engines.End(1);
        await PlayAsync(TimeSpan.FromSeconds(1), second);

        Assert.Equal(1, engines.OpenSessions);
        second.Checker.AssertGapless();
    }

    private static Task PlayAsync(TimeSpan time, params Viewer[] viewers)
    {
        DateTimeOffset until = DateTimeOffset.UtcNow + time;
        return Task.WhenAll(viewers.Select(viewer => viewer.UntilNewerThanAsync(until)));
    }

    /// <summary>Plays on until exactly one worker owns the stream, within 10 s.</summary>
    private static async Task PlayUntilOneOwnsAsync(Workers workers, params Viewer[] viewers)
    {
        for (int second = 0; second < 10 && workers.All.Count(worker => worker.Streams.All().Single().Role == StreamRole.Owner) != 1; second++)
        {
            await PlayAsync(TimeSpan.FromSeconds(1), viewers);
        }

        await workers.OwnerAsync();
    }
}
