using AceProxy.Cluster;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Tests.Functional;
using Microsoft.Extensions.DependencyInjection;

namespace AceProxy.Tests.Cluster;

/// <summary>Who watches, counted over workers.</summary>
public sealed class SharedAudienceTests
{
    [Fact]
    public async Task OwnerWithoutClients_GoesOnForThoseElsewhere_AndEndsWithTheLastOfThem()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped());
        await using Workers workers = await Workers.StartAsync(2, redis, engine, ("PROXY_GRACE_PERIOD", "0.5"));
        using (Viewer other = await JoinSecondAsync(workers, content))
        {
            DateTimeOffset alone = DateTimeOffset.UtcNow;
            await other.UntilNewerThanAsync(alone + TimeSpan.FromSeconds(4)); // several grace periods and two heartbeats of the lease
            other.Checker.AssertGapless();
            Assert.Equal(1, engine.SessionsOpened);
            Assert.Same(workers[0], await workers.OwnerAsync());
        }

        await Task.WhenAll(workers.All.Select(worker => worker.SettledAsync()));
        await workers[0].SettledAsync(engine);
        engine.AssertEachStoppedOnce();
        Assert.Equal("$-1", await redis.AskAsync($"GET aceproxy:{{{content.Infohash}}}:lease"));
        Assert.Equal(":0", await redis.AskAsync($"ZCARD aceproxy:{{{content.Infohash}}}:clients"));
    }

    [Fact]
    public async Task RedisEmptied_OwnerWithoutClients_GoesOnForThoseElsewhere_AndEndsWithTheLastOfThem()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped());
        await using Workers workers = await Workers.StartAsync(2, redis, engine, ("PROXY_GRACE_PERIOD", "0.5"), ("PROXY_HEARTBEAT_INTERVAL", "6"));
        using (Viewer other = await JoinSecondAsync(workers, content))
        {
            Assert.Equal("+OK", await redis.AskAsync("FLUSHALL"));
            await other.UntilNewerThanAsync(DateTimeOffset.UtcNow + TimeSpan.FromSeconds(5)); // two renewals of the lease, and the other tells nothing until then
            Assert.Equal(1, engine.SessionsOpened);
            Assert.Equal((0, 0), (other.Checker.Misaligned, other.Checker.Repeated)); // what Redis lost may be missing, announced
            Assert.Same(workers[0], await workers.OwnerAsync());
        }

        await Task.WhenAll(workers.All.Select(worker => worker.SettledAsync()));
        engine.AssertEachStoppedOnce();
    }

    [Fact]
    public async Task RedisAwayForLongerThanALease_OwnerWithoutClients_GoesOnForThoseElsewhere()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped());
        await using Workers workers = await Workers.StartAsync(
            2, redis, engine, ("PROXY_GRACE_PERIOD", "0.5"), ("PROXY_HEARTBEAT_INTERVAL", "15"), ("PROXY_LEASE_TIME", "8"), ("REDIS_TIMEOUT", "0.3"));
        using Viewer other = await JoinSecondAsync(workers, content);
        ClusterCounters owner = workers[0].Services.GetRequiredService<ClusterCounters>();

        await redis.KillAsync();
        await SafetyNet.EventuallyAsync(() => owner.LeasesLost == 1, () => "the lease is not lost");
        await redis.RestartAsync();
        await other.UntilNewerThanAsync(DateTimeOffset.UtcNow + TimeSpan.FromSeconds(5));

        Assert.Equal(1, engine.SessionsOpened);
        Assert.Same(workers[0], await workers.OwnerAsync());
    }

    /// <summary>A client is believed for a short time, and the heartbeats were set for a long one.</summary>
    [Fact]
    public async Task ClientTtl_BelowTheHeartbeat_OwnerWithoutClientsGoesOnForThoseElsewhere()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped());
        await using Workers workers = await Workers.StartAsync(
            2, redis, engine, ("PROXY_GRACE_PERIOD", "2"), ("PROXY_CLIENT_TTL", "2"), ("PROXY_HEARTBEAT_INTERVAL", "60"), ("PROXY_LEASE_TIME", "4"));
        using Viewer other = await JoinSecondAsync(workers, content);

        await other.UntilNewerThanAsync(DateTimeOffset.UtcNow + TimeSpan.FromSeconds(7)); // its life, a renewal of the lease, and the grace period

        Assert.Equal(1, engine.SessionsOpened);
        other.Checker.AssertGapless();
        Assert.Same(workers[0], await workers.OwnerAsync());
    }

    [Fact]
    public async Task UnknownContent_OnTwoWorkersAtOnce_IsRefusedOnBothSoon()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped() with
        {
            StartError = "failed to load content",
            OpenDelay = TimeSpan.FromSeconds(1),
        });
        await using Workers workers = await Workers.StartAsync(2, redis, engine);

        HttpResponseMessage[] responses = await Task.WhenAll(workers.All.Select(worker =>
            worker.GetAsync($"infohash={content.Infohash}", TestContext.Current.CancellationToken)));

        Assert.All(responses, response => Assert.Equal(System.Net.HttpStatusCode.NotFound, response.StatusCode));
        await Task.WhenAll(workers.All.Select(worker => worker.SettledAsync()));
    }

    [Fact]
    public async Task OwnerFindsNoEngine_FollowerTakesItsOwn()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SimulatedEngine full = await SimulatedEngine.StartAsync(), free = await SimulatedEngine.StartAsync();
        SimulatedContent other = full.Add(Contents.Stamped(1)), content = free.Add(Contents.Stamped(2));
        await using Workers workers = await Workers.StartAsync(
            redis, [full.EndPoint.ToString(), free.EndPoint.ToString()], ("ENGINE_WAIT_TIMEOUT", "4"), ("ENGINE_MAX_STREAMS", "1"));
        using Viewer there = await Viewer.JoinAsync(workers[0], $"infohash={other.Infohash}");

        Task<HttpResponseMessage> refused = workers[0].GetAsync($"infohash={content.Infohash}", TestContext.Current.CancellationToken);
        await SafetyNet.EventuallyAsync(
            async () => await redis.AskAsync($"EXISTS aceproxy:{{{content.Infohash}}}:lease") == ":1", () => "nobody owns it");
        using Viewer viewer = await Viewer.JoinAsync(workers[1], $"infohash={content.Infohash}");
        await viewer.UntilAsync(checker => checker.Packets > 100);

        Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, (await refused).StatusCode);
        Assert.Equal(1, workers[1].Services.GetRequiredService<ClusterCounters>().TakeOvers); // it was a follower when the other gave up
    }

    /// <summary>The first worker owns the content, its own viewer has left, and the second has one.</summary>
    private static async Task<Viewer> JoinSecondAsync(Workers workers, SimulatedContent content)
    {
        using Viewer first = await Viewer.JoinAsync(workers[0], $"infohash={content.Infohash}");
        await first.UntilAsync(checker => checker.Packets > 100);
        Viewer second = await Viewer.JoinAsync(workers[1], $"infohash={content.Infohash}");
        await second.UntilAsync(checker => checker.Packets > 100);
        first.Dispose();
        await SafetyNet.EventuallyAsync(
            () => workers[0].Streams.All() is [{ Clients.Count: 0, IdleFor: null }], () => "the owner does not know that somebody watches elsewhere");
        return second;
    }
}
