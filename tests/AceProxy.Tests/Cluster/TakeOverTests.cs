using AceProxy.EngineSimulator.Contents;
using AceProxy.LiveStreams;
using AceProxy.Tests.Functional;
using StackExchange.Redis;

namespace AceProxy.Tests.Cluster;

/// <summary>Owners that die, stall and are told to end, as real processes.</summary>
public sealed class TakeOverTests
{
    private static readonly TimeSpan Lease = ClusterScene.Lease;

    [Fact]
    public async Task OwnerKilled_FollowersClientsGoOnWithoutAPacketMissingOrTwice()
    {
        await using ClusterScene scene = await ClusterScene.StartAsync();
        using Viewer first = await scene.JoinAsync(1);
        using Viewer second = await scene.JoinAsync(2);
        await scene.PlayAsync(first, second);

        await scene.Workers[0].KillAsync();
        DateTimeOffset killed = DateTimeOffset.UtcNow;
        await Task.WhenAll(first.UntilNewerThanAsync(killed + TimeSpan.FromSeconds(1)), second.UntilNewerThanAsync(killed + TimeSpan.FromSeconds(1)));
        TimeSpan took = DateTimeOffset.UtcNow - killed;
        TestContext.Current.TestOutputHelper?.WriteLine($"data again after {took.TotalSeconds:0.0} s");

        Assert.True(took < Lease + TimeSpan.FromSeconds(8), $"{took}"); // a loaded machine; the benchmark measures it
        first.Checker.AssertGapless();
        second.Checker.AssertGapless();
        string?[] roles = [await scene.Workers[1].RoleAsync(), await scene.Workers[2].RoleAsync()];
        Assert.Equal(["follower", "owner"], roles.Order());
        Assert.Equal((0, 0), (await scene.Workers[1].FailoversAsync(), await scene.Workers[2].FailoversAsync())); // it is the same engine
        Assert.Equal(2, scene.Engine.SessionsOpened);
    }

    [Fact]
    public async Task OwnerToldToEnd_FollowersClientsSeeNoGap()
    {
        await using ClusterScene scene = await ClusterScene.StartAsync();
        using Viewer first = await scene.JoinAsync(1);
        await scene.PlayAsync(first);

        await scene.Workers[0].SignalAsync("TERM");
        DateTimeOffset told = DateTimeOffset.UtcNow;
        await first.UntilNewerThanAsync(told + TimeSpan.FromSeconds(1));
        TestContext.Current.TestOutputHelper?.WriteLine($"data again after {(DateTimeOffset.UtcNow - told).TotalSeconds:0.0} s");

        first.Checker.AssertGapless();
        Assert.Equal(0, await scene.Workers[0].ExitCodeAsync());
        Assert.Equal("owner", await scene.Workers[1].RoleAsync());
        scene.Engine.AssertNoneStoppedTwice();
    }

    /// <param name="beyond">For how long after its lease has run out it stands still, in seconds.</param>
    [Theory]
    [InlineData(1)]
    [InlineData(14)]
    public async Task OwnerStalled_FindsAnotherOwnerAndFollows(int beyond)
    {
        await using ClusterScene scene = await ClusterScene.StartAsync();
        using Viewer own = await scene.JoinAsync(0);
        using Viewer other = await scene.JoinAsync(1);
        await scene.PlayAsync(own, other);

        await scene.Workers[0].SignalAsync("STOP");
        DateTimeOffset stopped = DateTimeOffset.UtcNow;
        await other.UntilNewerThanAsync(stopped + Lease + TimeSpan.FromSeconds(1));
        await other.UntilNewerThanAsync(stopped + Lease + TimeSpan.FromSeconds(beyond));
        await scene.Workers[0].SignalAsync("CONT");
        DateTimeOffset continued = DateTimeOffset.UtcNow;
        await Task.WhenAll(
            own.UntilNewerThanAsync(continued + TimeSpan.FromSeconds(3)), other.UntilNewerThanAsync(continued + TimeSpan.FromSeconds(3)));

        Assert.Equal("follower", await scene.Workers[0].RoleAsync());
        Assert.Equal("owner", await scene.Workers[1].RoleAsync());
        other.Checker.AssertGapless();
        Assert.Equal((0, 0, 0), (own.Checker.Misaligned, own.Checker.Repeated, own.Checker.Missing));
        Assert.Equal(1, scene.Engine.OpenSessionCount);
    }

    /// <summary>What the dead owner had of the engine is believed to be taken for some time; its viewers elsewhere are no newcomers.</summary>
    /// <param name="elsewhere">The worker that a newcomer waits on; the first of two is where the stream goes on.</param>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task OwnerKilled_ItsSlotWasTheLast_FollowersClientsGoOnBeforeWhoStandsInLine(int elsewhere)
    {
        await using ClusterScene scene = await ClusterScene.StartAsync(("ENGINE_MAX_STREAMS", "1"), ("ENGINE_WAIT_TIMEOUT", "30"), ("PROXY_CLIENT_TTL", "2"));
        SimulatedContent wanted = scene.Engine.Add(Contents.Stamped(2));
        using Viewer first = await scene.JoinAsync(1);
        await scene.PlayAsync(first);
        Task<HttpResponseMessage> newcomer = scene.Workers[elsewhere].Client.GetAsync(
            $"/ace/getstream?infohash={wanted.Infohash}", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        await SafetyNet.EventuallyAsync(
            async () => await scene.Workers[elsewhere].StateAsync(wanted.Infohash) == "opening", () => "the newcomer does not stand in line");

        await scene.Workers[0].KillAsync();
        await first.UntilNewerThanAsync(DateTimeOffset.UtcNow + TimeSpan.FromSeconds(1));

        first.Checker.AssertGapless();
        Assert.False(newcomer.IsCompleted);
        first.Dispose();
        using HttpResponseMessage response = await newcomer.WaitAsync(SafetyNet.Limit, TestContext.Current.CancellationToken);
        Assert.Equal(System.Net.HttpStatusCode.OK, response.StatusCode);
    }

    /// <summary>Whether its stream is handed over while it plays on, or at its end.</summary>
    [Theory]
    [InlineData("0", 1)]
    [InlineData("0", 2)]
    [InlineData("5", 0)]
    [InlineData("5", 1)]
    [InlineData("5", 2)]
    public async Task OwnerIsToldToEnd_ItsSlotWasTheLast_FollowersClientsGoOnBeforeWhoStandsInLine(string drain, int elsewhere)
    {
        await using ClusterScene scene = await ClusterScene.StartAsync(
            ("ENGINE_MAX_STREAMS", "1"), ("ENGINE_WAIT_TIMEOUT", "60"), ("SHUTDOWN_DRAIN", drain), ("PROXY_CLIENT_TTL", "2"));
        SimulatedContent wanted = scene.Engine.Add(Contents.Stamped(2));
        using Viewer first = await scene.JoinAsync(1);
        await scene.PlayAsync(first);
        Task<HttpResponseMessage> newcomer = scene.Workers[elsewhere].Client.GetAsync(
            $"/ace/getstream?infohash={wanted.Infohash}", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        await SafetyNet.EventuallyAsync(
            async () => await scene.Workers[elsewhere].StateAsync(wanted.Infohash) == "opening", () => "the newcomer does not stand in line");

        await scene.Workers[0].SignalAsync("TERM");
        await SafetyNet.EventuallyAsync(async () => await scene.Workers[1].StateAsync(scene.Infohash) == "playing"
            && await scene.Workers[1].RoleAsync(scene.Infohash) == "owner", () => "nobody takes over");
        await first.UntilNewerThanAsync(DateTimeOffset.UtcNow + TimeSpan.FromSeconds(1));

        first.Checker.AssertGapless();
        Assert.Equal(0, wanted.ReaderCount);
    }

    [Fact]
    public async Task OwnerKilled_NobodyMayWaitForAnEngine_FollowersClientsDo()
    {
        await using ClusterScene scene = await ClusterScene.StartAsync(("ENGINE_MAX_STREAMS", "1"), ("ENGINE_WAIT_TIMEOUT", "0"));
        using Viewer first = await scene.JoinAsync(1);
        await scene.PlayAsync(first);

        await scene.Workers[0].KillAsync();
        await first.UntilNewerThanAsync(DateTimeOffset.UtcNow + TimeSpan.FromSeconds(1));

        first.Checker.AssertGapless();
    }

    [Fact]
    public async Task OwnerKilled_EngineDownAndNobodyWatchesAnyMore_StreamEndsAfterTheGracePeriod()
    {
        await using ClusterScene scene = await ClusterScene.StartAsync(("PROXY_CLIENT_TTL", "2"));
        Viewer last = await scene.JoinAsync(1);
        await scene.PlayAsync(last);

        await scene.Workers[0].KillAsync();
        scene.Engine.Refuse(true);
        scene.Engine.Restart();
        await SafetyNet.EventuallyAsync(async () => await scene.Workers[1].RoleAsync() == "owner", () => "nobody takes over");
        last.Dispose();

        await SafetyNet.EventuallyAsync(
            async () => await scene.Workers[1].StateAsync(scene.Infohash) is null, () => "it asks for what nobody wants");
    }

    /// <summary>Nobody takes them out of the sorted set: they age.</summary>
    [Fact]
    public async Task FollowerKilled_ItAloneHadViewers_SessionIsStoppedWhenTheyAreBelievedNoMore()
    {
        await using ClusterScene scene = await ClusterScene.StartAsync(("PROXY_CLIENT_TTL", "6"));
        using Viewer last = await scene.JoinAsync(1);
        await scene.PlayAsync(last);
        scene.Own.Dispose();
        await last.UntilNewerThanAsync(DateTimeOffset.UtcNow + TimeSpan.FromSeconds(8)); // the grace period, and the life of a client that is not told of
        Assert.Equal(("owner", 1), (await scene.Workers[0].RoleAsync(), scene.Engine.OpenSessionCount));

        await scene.Workers[1].KillAsync();

        await scene.EndedAsync(scene.Workers[0], scene.Workers[2]);
        scene.Engine.AssertEachStoppedOnce();
        Assert.Equal(1, scene.Engine.SessionsOpened);
    }

    /// <summary>A lease that somebody has put there, and whom nobody will ever hear of.</summary>
    [Fact]
    public async Task OwnerThatIsNone_PlayersAreEndedAsThoseOfAStreamWithoutData()
    {
        await using ClusterScene scene = await ClusterScene.StartAsync(("UPSTREAM_GIVE_UP", "2"));
        using Viewer first = await scene.JoinAsync(1);
        await scene.PlayAsync(first);

        using ConnectionMultiplexer anybody = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{scene.Redis.Port}");
        await anybody.GetDatabase().StringSetAsync($"aceproxy:{{{scene.Infohash}}}:lease", "ghost 1999999999999999", TimeSpan.FromMinutes(10));
        await first.ToEndAsync();

        await SafetyNet.EventuallyAsync(
            () => scene.Workers[1].Log.Contains("nothing came from worker 'ghost' for ", StringComparison.Ordinal), () => scene.Workers[1].Log);
    }

    [Fact]
    public async Task OwnerIsCutOffItsEngines_OneThatHasAnEngineTakesOverAndAllViewersGoOn()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using var engines = await TwoEngines.StartAsync();
        await using Workers workers = await Workers.StartAsync(
            redis, [engines.First, engines.First, engines.Second], ("PROXY_LEASE_TIME", "3"), ("ENGINE_PROBE_INTERVAL", "0.5"), ("REDIS_TIMEOUT", "10"));
        using Viewer own = await Viewer.JoinAsync(workers[0], $"infohash={TwoEngines.Infohash}");
        await own.UntilAsync(checker => checker.Packets > 100);
        using Viewer cutOff = await Viewer.JoinAsync(workers[1], $"infohash={TwoEngines.Infohash}");
        using Viewer other = await Viewer.JoinAsync(workers[2], $"infohash={TwoEngines.Infohash}");
        await Task.WhenAll(cutOff.UntilAsync(checker => checker.Packets > 100), other.UntilAsync(checker => checker.Packets > 100));

        engines.End(0);
        await SafetyNet.EventuallyAsync(() => workers[2].Streams.All() is [{ Role: StreamRole.Owner }], () => "nobody took it over");
        DateTimeOffset taken = DateTimeOffset.UtcNow;
        await Task.WhenAll(((Viewer[])[own, cutOff, other]).Select(viewer => viewer.UntilNewerThanAsync(taken.AddSeconds(1))));

        Assert.Equal(1, engines.OpenSessions);
        Assert.All((Viewer[])[own, cutOff, other], viewer => Assert.Equal(
            (0, 0, 0), (viewer.Checker.Misaligned, viewer.Checker.Repeated, viewer.Checker.CounterErrors)));
    }
}
