using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Tests.Functional;

namespace AceProxy.Tests.Cluster;

/// <summary>A master and its replica, both named in REDIS_HOST.</summary>
public sealed class FailOverTests
{
    [Fact]
    public async Task MasterKilled_ReplicaPromoted_OwnerStaysAndFollowerGoesOn()
    {
        await using RedisServer master = await RedisServer.StartAsync();
        await using RedisServer replica = await RedisServer.StartAsync("--replicaof", "127.0.0.1", $"{master.Port}", "--repl-diskless-sync-delay", "0");
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped());
        await using Workers workers = await Workers.StartAsync(
            2, master, engine, ("REDIS_HOST", $"127.0.0.1:{master.Port},127.0.0.1:{replica.Port}"), ("PROXY_LEASE_TIME", "20"));
        using Viewer first = await Viewer.JoinAsync(workers[0], $"infohash={content.Infohash}");
        using Viewer second = await Viewer.JoinAsync(workers[1], $"infohash={content.Infohash}");
        await PlayAsync(TimeSpan.FromSeconds(1), first, second);
        RunningProxy owner = await workers.OwnerAsync();
        while (!(await replica.RawAsync("INFO replication")).Contains("master_link_status:up", StringComparison.Ordinal))
        {
            await PlayAsync(TimeSpan.FromSeconds(0.5), first, second);
        }


        await master.KillAsync();
        Assert.Equal("+OK", await replica.AskAsync("REPLICAOF NO ONE"));
        await PlayAsync(TimeSpan.FromSeconds(3), first, second);

        Assert.Same(owner, await workers.OwnerAsync());
        Assert.Equal(1, engine.SessionsOpened);
        first.Checker.AssertGapless();
        Assert.Equal((0, 0, 0), (second.Checker.Misaligned, second.Checker.Repeated, second.Checker.CounterErrors)); // what was not replicated is missing
    }

    private static Task PlayAsync(TimeSpan time, params Viewer[] viewers)
    {
        DateTimeOffset until = DateTimeOffset.UtcNow + time;
        return Task.WhenAll(viewers.Select(viewer => viewer.UntilNewerThanAsync(until)));
    }
}
