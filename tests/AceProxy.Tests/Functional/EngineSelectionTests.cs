using System.Diagnostics;
using System.Net;
using System.Text.Json;
using AceProxy.Engines;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;

namespace AceProxy.Tests.Functional;

/// <summary>Which engine gets which content, as the engines themselves see it.</summary>
public sealed class EngineSelectionTests
{
    private const int Operations = 500;
    private const int PlainContents = 60;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task GetStream_SixContentsOnThreeEnginesOfTwo_FillTheForwardedFirstAndTheSeventhGetsTheFirstSlotFreed()
    {
        await using EngineCluster engines = await ClusterAsync(contents: 7);
        await using RunningProxy proxy = await StartAsync(engines, ("PROXY_GRACE_PERIOD", "0.2"), ("ENGINE_WAIT_TIMEOUT", "20"));
        List<Viewer> viewers = [];
        List<string> open = [];
        for (int number = 1; number <= 6; number++)
        {
            viewers.Add(await Viewer.JoinAsync(proxy, Query(number)));
            open.Add(engines.Open);
        }

        Assert.Equal("1 1 0", open[1]);
        Assert.Equal(["2 2 0", "2 2 1", "2 2 2"], open[3..]);
        Task<Viewer> seventh = Viewer.JoinAsync(proxy, Query(7));
        await WaitingAsync(proxy);
        Assert.Equal("2 2 2", engines.Open);

        SimulatedEngine freed = engines.Engines.Single(engine => engine.Sessions[0].Infohash == Contents.Stamped(2).Infohash);
        viewers[1].Dispose();

        using Viewer last = await seventh;
        Assert.Equal(Contents.Stamped(7).Infohash, freed.Sessions[^1].Infohash);
        Assert.Equal("2 2 2", engines.Open);
        viewers.ForEach(viewer => viewer.Dispose());
        last.Dispose();
        await SettledAsync(proxy, engines);
        Assert.Equal(2, engines.MostAtOnce());
    }

    [Fact]
    public async Task GetStream_NothingFreeWithinTheLimit_Is503WithRetryAfterThatSaysWhy()
    {
        await using EngineCluster engines = await ClusterAsync(contents: 3, count: 1);
        await using RunningProxy proxy = await StartAsync(engines, ("ENGINE_WAIT_TIMEOUT", "0.5"));
        using Viewer first = await Viewer.JoinAsync(proxy, Query(1));
        using Viewer second = await Viewer.JoinAsync(proxy, Query(2));

        using HttpResponseMessage refused = await proxy.GetAsync(Query(3), Cancellation);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter);
        using var problem = JsonDocument.Parse(await refused.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal("No engine is free", problem.RootElement.GetProperty("title").GetString());
        Assert.Equal(
            $"no engine is free: {engines.Engines[0].EndPoint} has 2 of 2 sessions", problem.RootElement.GetProperty("detail").GetString());
        Assert.Equal("2", engines.Open);
    }

    [Fact]
    public async Task GetStream_SixContentsBalanced_GoTwoToEach()
    {
        await using EngineCluster engines = await ClusterAsync(contents: 3);
        await using RunningProxy proxy = await StartAsync(engines, ("ENGINE_SELECTION", "balanced"));
        using Viewer first = await Viewer.JoinAsync(proxy, Query(1));
        using Viewer second = await Viewer.JoinAsync(proxy, Query(2));
        using Viewer third = await Viewer.JoinAsync(proxy, Query(3));

        Assert.Equal("1 1 1", engines.Open);
    }

    /// <summary>The grace period keeps a channel warm for those who come back, not from those who have moved on.</summary>
    [Fact]
    public async Task GetStream_ZapperOnFullEngines_GetsTheSlotOfWhatNobodyWatchesAtOnce()
    {
        await using EngineCluster engines = await ClusterAsync(contents: 6, count: 1);
        await using RunningProxy proxy = await StartAsync(engines, ("PROXY_GRACE_PERIOD", "3600"));
        using Viewer loyal = await Viewer.JoinAsync(proxy, Query(1));
        for (int number = 2; number <= 6; number++)
        {
            using Viewer zapper = await Viewer.JoinAsync(proxy, Query(number));
            Assert.Equal("2", engines.Open);
        }

        DateTimeOffset zapped = DateTimeOffset.UtcNow;
        await loyal.UntilNewerThanAsync(zapped);
        loyal.Checker.AssertGapless();
        Assert.Equal(2, engines.MostAtOnce());
    }

    /// <summary>The other order: it becomes idle while somebody waits already.</summary>
    [Fact]
    public async Task GetStream_LastViewerLeavesWhileAnotherWaits_GivesTheSlotAtOnce()
    {
        await using EngineCluster engines = await ClusterAsync(contents: 3, count: 1);
        await using RunningProxy proxy = await StartAsync(engines, ("PROXY_GRACE_PERIOD", "3600"), ("ENGINE_WAIT_TIMEOUT", "20"));
        using Viewer loyal = await Viewer.JoinAsync(proxy, Query(1));
        Viewer leaver = await Viewer.JoinAsync(proxy, Query(2));
        Task<Viewer> waiting = Viewer.JoinAsync(proxy, Query(3));
        await WaitingAsync(proxy);

        leaver.Dispose();

        using Viewer served = await waiting;
        Assert.Equal("2", engines.Open);
    }

    /// <summary>Who has zapped on while in line must not hold up those behind.</summary>
    [Fact]
    public async Task GetStream_WaitersWhoHaveLeft_AreNeitherServedNorWaitedFor()
    {
        await using EngineCluster engines = await ClusterAsync(contents: 20, count: 1);
        await using RunningProxy proxy = await StartAsync(engines, ("PROXY_GRACE_PERIOD", "3600"), ("ENGINE_WAIT_TIMEOUT", "20"));
        Viewer first = await Viewer.JoinAsync(proxy, Query(1));
        using Viewer second = await Viewer.JoinAsync(proxy, Query(2));
        for (int number = 3; number < 20; number++)
        {
            using var impatience = new CancellationTokenSource();
            Task<HttpResponseMessage> zapped = proxy.GetAsync(Query(number), impatience.Token);
            await SafetyNet.EventuallyAsync(() => proxy.Streams.All().Count == 3, () => $"{proxy.Streams.All().Count} streams");
            await impatience.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => zapped);
            await SafetyNet.EventuallyAsync(() => proxy.Streams.All().Count == 2, () => $"{proxy.Streams.All().Count} streams");
        }

        Task<Viewer> last = Viewer.JoinAsync(proxy, Query(20));
        await WaitingAsync(proxy);
        first.Dispose();
        using Viewer served = await last;

        Assert.Equal(3, engines.Engines[0].SessionsOpened);
    }

    [Fact]
    public async Task GetStream_IdWhoseFirstEngineCannotBeReached_IsResolvedByTheNext()
    {
        await using EngineCluster engines = await ClusterAsync(contents: 1);
        await using RunningProxy proxy = await StartAsync(engines);
        engines.Engines[0].Refuse(true);

        using HttpResponseMessage response = await proxy.GetAsync($"id={Contents.Stamped(1).ContentId}", Cancellation);

        Assert.True(
            engines.Engines[1].RequestsTo("/server/api?api_version=3&method=get_media_files")
            + engines.Engines[2].RequestsTo("/server/api?api_version=3&method=get_media_files") == 1);
    }

    /// <summary>The system's own resolver, on a name that never leaves the machine.</summary>
    [Fact]
    public async Task Engines_NamedByDns_AreTheAddressesOfTheName()
    {
        await using RunningProxy proxy = await RunningProxy.StartAsync(("ENGINES_DNS", "localhost:9;forwarded"));

        await SafetyNet.EventuallyAsync(() => proxy.Catalog.Find("127.0.0.1:9") is { Address.IsForwarded: true }, () => "localhost is not 127.0.0.1");
    }

    [Fact]
    public async Task GetStream_DeadContentFiftyTimes_TakesNoEngineOut()
    {
        await using EngineCluster engines = await ClusterAsync(contents: 1);
        engines.Add(Contents.Stamped(8) with { StartError = "failed to load content" });
        engines.Add(Contents.Stamped(9) with { PlaybackStatus = 500 });
        await using RunningProxy proxy = await StartAsync(engines, ("UPSTREAM_RETRY_DELAY", "0.01"));

        for (int time = 0; time < 50; time++)
        {
            using HttpResponseMessage unknown = await proxy.GetAsync(Query(8), Cancellation);
            Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
            using HttpResponseMessage broken = await proxy.GetAsync(Query(9), Cancellation);
            Assert.Equal(HttpStatusCode.BadGateway, broken.StatusCode);
        }

        Assert.All(await StatesAsync(proxy), state => Assert.Equal("healthy", state));
        using Viewer viewer = await Viewer.JoinAsync(proxy, Query(1));
    }

    [Fact]
    public async Task GetStream_EngineFailsDifferentContents_IsOutWithinThreeRequestsAndBackByItself()
    {
        await using EngineCluster engines = await EngineCluster.StartAsync(2, forwarded: 1);
        for (int number = 1; number <= 9; number++)
        {
            engines.Engines[0].Add(Contents.Stamped(number) with { PlaybackStatus = 500 });
            engines.Engines[1].Add(Contents.Stamped(number));
        }

        await using RunningProxy proxy = await StartAsync(
            engines, ("ENGINE_BREAK", "5"), ("ENGINE_PROBE_INTERVAL", "0.2"), ("UPSTREAM_RETRY_DELAY", "0.01"), ("PROXY_GRACE_PERIOD", "0"));
        int requests = 0;
        while ((await StatesAsync(proxy))[0] != "open")
        {
            Assert.True(++requests <= 3, "not out after three requests");
            using HttpResponseMessage response = await proxy.GetAsync(Query(requests), Cancellation);
        }

        await SafetyNet.EventuallyAsync(() => engines.Open == "0 0", () => $"what the requests opened is not closed: {engines.Open}");
        using (Viewer elsewhere = await Viewer.JoinAsync(proxy, Query(7)))
        {
            Assert.Equal("0 1", engines.Open);
        }

        foreach (SimulatedContent content in engines.Engines[0].Contents)
        {
            content.Update(script => script with { PlaybackStatus = null });
        }

        var recovered = Stopwatch.StartNew();
        await SafetyNet.EventuallyAsync(
            () => proxy.Engines.Engines[0].Health.State == EngineState.Healthy, () => proxy.Engines.Engines[0].Health.Reason);
        TestContext.Current.TestOutputHelper?.WriteLine($"out after {requests} requests, back {recovered.ElapsedMilliseconds} ms after it recovered");
        using Viewer back = await Viewer.JoinAsync(proxy, Query(8));
        Assert.Equal(1, engines.Engines[0].OpenSessionCount);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task GetStream_RandomOpensClosesFailuresAndAborts_NoEngineEverHasMoreThanItsMostAndNothingIsLeft(int seed)
    {
        await using EngineCluster engines = await ClusterAsync(contents: PlainContents);
        engines.Add(Contents.Stamped(PlainContents + 1) with { StartError = "failed to load content" });
        engines.Add(Contents.Stamped(PlainContents + 2) with { PlaybackStatus = 500 });
        engines.Add(Contents.Stamped(PlainContents + 3) with { OpenDelay = TimeSpan.FromSeconds(0.3) });
        engines.Add(Contents.Stamped(PlainContents + 4) with { FirstByteDelay = TimeSpan.FromSeconds(0.2) });
        await using RunningProxy proxy = await StartAsync(
            engines, ("PROXY_GRACE_PERIOD", "0.1"), ("ENGINE_WAIT_TIMEOUT", "5"), ("UPSTREAM_RETRY_DELAY", "0.01"), ("KEYFRAME_WAIT", "0.1"),
            ("JOIN_BEHIND", "0.1"), ("STALL_TIMEOUT", "1"), ("UPSTREAM_GIVE_UP", "2"));
        var random = new Random(seed);
        (int Content, int Patience, int Act)[] plan =
            [.. Enumerable.Range(0, Operations).Select(_ => (random.Next(1, PlainContents + 5), random.Next(5, 400), random.Next(10)))];
        var statuses = new System.Collections.Concurrent.ConcurrentDictionary<string, int>();

        await Parallel.ForEachAsync(plan, new ParallelOptions { MaxDegreeOfParallelism = 24, CancellationToken = Cancellation }, async (step, _) =>
        {
            string outcome = await ActAsync(proxy, engines, step.Content, TimeSpan.FromMilliseconds(step.Patience), step.Act);
            statuses.AddOrUpdate(outcome, 1, (_, count) => count + 1);
        });

        await SettledAsync(proxy, engines);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"seed {seed}: {string.Join(", ", statuses.Select(pair => $"{pair.Value} {pair.Key}"))}; "
            + $"{engines.Engines.Sum(engine => engine.SessionsOpened)} sessions, at most {engines.MostAtOnce()} at once");
        Assert.Equal(2, engines.MostAtOnce());
        Assert.True(statuses.GetValueOrDefault("watched") > Operations / 5, "hardly anything played");
        Assert.All(engines.Engines, engine => engine.AssertEachStoppedOnce());
    }

    private static async Task<string> ActAsync(RunningProxy proxy, EngineCluster engines, int number, TimeSpan patience, int act)
    {
        using var impatience = new CancellationTokenSource();
        if (act < 4)
        {
            impatience.CancelAfter(patience); // hangs up whatever it has got by then
        }

        try
        {
            using HttpResponseMessage response = await proxy.GetAsync(Query(number), impatience.Token);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                return $"{(int)response.StatusCode}";
            }

            using Stream body = await response.Content.ReadAsStreamAsync(impatience.Token);
            await body.ReadAtLeastAsync(new byte[100_000], 100_000, throwOnEndOfStream: false, impatience.Token);
            if (act == 9)
            {
                foreach (SimulatedEngine engine in engines.Engines)
                {
                    engine.Contents.Single(content => content.Infohash == Contents.Stamped(number).Infohash).Fault(StreamFault.Reset);
                }

                await body.ReadAtLeastAsync(new byte[100_000], 100_000, throwOnEndOfStream: false, impatience.Token);
            }

            return "watched";
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or HttpRequestException)
        {
            return impatience.IsCancellationRequested ? "hung up" : "cut off";
        }
    }

    private static async Task<EngineCluster> ClusterAsync(int contents, int count = 3)
    {
        EngineCluster engines = await EngineCluster.StartAsync(count, forwarded: 2);
        for (int number = 1; number <= contents; number++)
        {
            engines.Add(Contents.Stamped(number, gopSeconds: 0.4));
        }

        return engines;
    }

    private static Task<RunningProxy> StartAsync(EngineCluster engines, params (string, string)[] settings) => RunningProxy.StartAsync(
        [("ENGINES", engines.Setting), ("ENGINE_MAX_STREAMS", "2"), ("KEYFRAME_WAIT", "0.5"), ("JOIN_BEHIND", "0.2"), .. settings]);

    private static string Query(int number) => $"infohash={Contents.Stamped(number).Infohash}";

    private static Task WaitingAsync(RunningProxy proxy) =>
        SafetyNet.EventuallyAsync(() => proxy.Engines.IsWanted, () => "nobody waits for an engine");

    private static async Task<string[]> StatesAsync(RunningProxy proxy)
    {
        using var reply = JsonDocument.Parse(await proxy.Client.GetStringAsync("/api/engines", Cancellation));
        return [.. reply.RootElement.GetProperty("engines").EnumerateArray().Select(engine => engine.GetProperty("state").GetString()!)];
    }

    private static async Task SettledAsync(RunningProxy proxy, EngineCluster engines)
    {
        foreach (SimulatedEngine engine in engines.Engines)
        {
            await proxy.SettledAsync(engine);
        }
    }
}
