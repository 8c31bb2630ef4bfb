using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Tests.Functional;

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

    /// <summary>The first worker owns the content, its own viewer has left, and the second has one.</summary>
    private static async Task<Viewer> JoinSecondAsync(Workers workers, SimulatedContent content)
    {
        using Viewer first = await Viewer.JoinAsync(workers[0], $"infohash={content.Infohash}");
        await first.UntilAsync(checker => checker.Packets > 100);
        Viewer second = await Viewer.JoinAsync(workers[1], $"infohash={content.Infohash}");
        await second.UntilAsync(checker => checker.Packets > 100);
        return second;
    }
}
