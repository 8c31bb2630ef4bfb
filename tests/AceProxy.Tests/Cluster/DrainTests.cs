using System.Text.Json.Nodes;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Tests.Functional;

namespace AceProxy.Tests.Cluster;

/// <summary>A worker that is about to end, as a real process.</summary>
public sealed class DrainTests
{
    [Fact]
    public async Task Sigterm_WithDrainTime_HandsOverFirstAndItsOwnPlayersGoOnUntilTheEnd()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped() with { Burst = TimeSpan.FromSeconds(10) });
        await using WorkerProcess first = await WorkerProcess.StartAsync("w0", redis, engine, ("SHUTDOWN_DRAIN", "6"));
        await using WorkerProcess second = await WorkerProcess.StartAsync("w1", redis, engine);
        using Viewer own = await Viewer.JoinAsync(first.Client, $"infohash={content.Infohash}");
        await own.UntilAsync(checker => checker.Packets > 100);
        using Viewer other = await Viewer.JoinAsync(second.Client, $"infohash={content.Infohash}");
        await other.UntilNewerThanAsync(DateTimeOffset.UtcNow.AddSeconds(1));

        await first.SignalAsync("TERM");
        DateTimeOffset told = DateTimeOffset.UtcNow;
        await Task.WhenAll(own.UntilNewerThanAsync(told.AddSeconds(3)), other.UntilNewerThanAsync(told.AddSeconds(3)));
        Assert.Equal("follower", await first.RoleAsync()); // still there, and not the owner any more
        Assert.Equal("owner", await second.RoleAsync());
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
}
