using System.Text.Json.Nodes;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.LiveStreams;
using AceProxy.Tests.Functional;
using Microsoft.Extensions.DependencyInjection;

namespace AceProxy.Tests.Cluster;

/// <summary>Workers that are to be left.</summary>
public sealed class DrainTests
{
    [Fact]
    public async Task Sigterm_WithDrainTime_HandsOverFirstAndItsOwnPlayersGoOnUntilTheEnd()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped() with { Burst = TimeSpan.FromSeconds(10) });
        await using WorkerProcess first = await WorkerProcess.StartAsync("w0", redis, engine, ("SHUTDOWN_DRAIN", "12"));
        await using WorkerProcess second = await WorkerProcess.StartAsync("w1", redis, engine);
        using Viewer own = await Viewer.JoinAsync(first.Client, $"infohash={content.Infohash}");
        await own.UntilAsync(checker => checker.Packets > 100);
        using Viewer other = await Viewer.JoinAsync(second.Client, $"infohash={content.Infohash}");
        await other.UntilNewerThanAsync(DateTimeOffset.UtcNow.AddSeconds(1));

        await first.SignalAsync("TERM");
        DateTimeOffset told = DateTimeOffset.UtcNow;
        await Task.WhenAll(own.UntilNewerThanAsync(told.AddSeconds(3)), other.UntilNewerThanAsync(told.AddSeconds(3)));
        await SafetyNet.EventuallyAsync( // the first is still there, and not the owner any more
            async () => (await first.RoleAsync(), await second.RoleAsync()) == ("follower", "owner"), () => "it is not handed over");
        JsonNode? entry = JsonNode.Parse((await redis.HashAsync("aceproxy:workers", "w0")).Split(':', 2)[1]);
        Assert.True((bool?)entry!["draining"]);

        await own.ToEndAsync();
        Assert.Equal(0, await first.ExitCodeAsync());
        await other.UntilNewerThanAsync(DateTimeOffset.UtcNow.AddSeconds(1));
        own.Checker.AssertGapless();
        other.Checker.AssertGapless();
        Assert.Equal(1, engine.OpenSessionCount);
        Assert.Equal("", await redis.HashAsync("aceproxy:workers", "w0"));
    }

    /// <summary>Redis believes in it for a while.</summary>
    [Fact]
    public async Task Sigterm_TheOnlyFollowerStandsStill_TheSessionIsKept()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped() with { Burst = TimeSpan.FromSeconds(10) });
        await using WorkerProcess first = await WorkerProcess.StartAsync("w0", redis, engine, ("SHUTDOWN_DRAIN", "60"), ("PROXY_LEASE_TIME", "15"));
        await using WorkerProcess second = await WorkerProcess.StartAsync("w1", redis, engine, ("PROXY_LEASE_TIME", "15"));
        using Viewer own = await Viewer.JoinAsync(first.Client, $"infohash={content.Infohash}");
        await own.UntilAsync(checker => checker.Packets > 100);
        using Viewer other = await Viewer.JoinAsync(second.Client, $"infohash={content.Infohash}");
        await other.UntilNewerThanAsync(DateTimeOffset.UtcNow.AddSeconds(1));

        await second.SignalAsync("STOP");
        await first.SignalAsync("TERM");
        await own.UntilNewerThanAsync(DateTimeOffset.UtcNow.AddSeconds(4));
        Assert.Equal("owner", await first.RoleAsync());
        await second.SignalAsync("CONT");
        await SafetyNet.EventuallyAsync(async () => await second.RoleAsync() == "owner", () => "it goes on and is handed nothing");

        await Task.WhenAll(own.UntilNewerThanAsync(DateTimeOffset.UtcNow.AddSeconds(1)), other.UntilNewerThanAsync(DateTimeOffset.UtcNow.AddSeconds(1)));
        Assert.Equal(2, engine.SessionsOpened);
        own.Checker.AssertGapless();
        other.Checker.AssertGapless();
    }

    [Fact]
    public async Task EverybodyWhoWatchesIsOnWorkersThatDrain_TheOwnerStaysUntilSomebodyElseHasViewers()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped() with { Burst = TimeSpan.FromSeconds(10) });
        await using Workers workers = await Workers.StartAsync(3, redis, engine, ("WORKER_HEARTBEAT", "0.5"), ("PROXY_LEASE_TIME", "15"));
        using Viewer first = await Viewer.JoinAsync(workers[0], $"infohash={content.Infohash}");
        await first.UntilAsync(checker => checker.Packets > 100);
        using Viewer second = await Viewer.JoinAsync(workers[1], $"infohash={content.Infohash}");
        await second.UntilNewerThanAsync(DateTimeOffset.UtcNow.AddSeconds(1));

        foreach (RunningProxy worker in workers.All.Take(2).Reverse())
        {
            worker.Services.GetRequiredService<Drain>().Begin();
            await SafetyNet.EventuallyAsync(
                async () => (await redis.RawAsync("HVALS aceproxy:workers")).Split("\"draining\":true").Length == (worker == workers[1] ? 2 : 3),
                () => "Redis does not know of the drain");
        }

        DateTimeOffset told = DateTimeOffset.UtcNow;
        await Task.WhenAll(first.UntilNewerThanAsync(told.AddSeconds(5)), second.UntilNewerThanAsync(told.AddSeconds(5)));
        Assert.Equal(1, engine.SessionsOpened);
        Assert.Same(workers[0], await workers.OwnerAsync());

        using Viewer third = await Viewer.JoinAsync(workers[2], $"infohash={content.Infohash}");
        await Task.WhenAll(first.UntilNewerThanAsync(told.AddSeconds(8)), second.UntilNewerThanAsync(told.AddSeconds(8)), third.UntilNewerThanAsync(told.AddSeconds(8)));
        await SafetyNet.EventuallyAsync(() => workers[2].Streams.All() is [{ Role: StreamRole.Owner }], () => "the one that does not drain is not the owner");
        await Task.WhenAll(first.UntilNewerThanAsync(told.AddSeconds(12)), second.UntilNewerThanAsync(told.AddSeconds(12)), third.UntilNewerThanAsync(told.AddSeconds(12)));
        Assert.Equal(2, engine.SessionsOpened);
        Assert.All((Viewer[])[first, second, third], viewer => viewer.Checker.AssertGapless());
    }
}
