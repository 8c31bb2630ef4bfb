using System.Net;
using AceProxy.Buffering;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;

namespace AceProxy.Tests.Functional;

/// <summary>Viewers of different contents, and viewers who cannot make up their minds.</summary>
[Collection(nameof(ZappingCollection))]
public sealed class ZappingTests
{
    private const int Zappers = 4;
    private const int ContentCount = 20;

    /// <summary>
    /// What 200 rounds, 800 zaps, may leave in the process, in bytes: 1.3 KB a zap. A leaked stream with its ring's slots is ten times that.
    /// </summary>
    private const long MostGrowth = 1024 * 1024;

    private static readonly (string, string)[] Settings = [("PROXY_GRACE_PERIOD", "0"), ("KEYFRAME_WAIT", "0.2")];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task GetStream_TwoContents_AreTwoSessionsThatDoNotDisturbEachOther()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent first = engine.Add(Contents.Stamped(1)), second = engine.Add(Contents.Stamped(2, bitsPerSecond: 500_000));
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine, Settings);

        using Viewer one = await Viewer.JoinAsync(proxy, $"id={first.ContentId}");
        using (Viewer other = await Viewer.JoinAsync(proxy, $"id={second.ContentId}"))
        {
            DateTimeOffset joined = DateTimeOffset.UtcNow;
            await Task.WhenAll(one.UntilNewerThanAsync(joined), other.UntilNewerThanAsync(joined));
            Assert.Equal((2, 2), ((int)engine.SessionsOpened, engine.ReaderCount));
            Assert.NotEqual(one.Checker.LastSequence / 1000, other.Checker.LastSequence / 1000);
            other.Checker.AssertGapless();
        }

        await engine.WaitUntilAsync(present => present.OpenSessionCount == 1, SafetyNet.Limit, Cancellation);
        DateTimeOffset left = DateTimeOffset.UtcNow;
        await one.UntilNewerThanAsync(left);
        one.Checker.AssertGapless();
        one.Dispose();
        await proxy.SettledAsync(engine);
        engine.AssertEachStoppedOnce();
    }

    [Fact]
    public async Task GetStream_300RoundsOfZappingByFour_LeaveNothingBehind()
    {
        var engine = new ReplaceableEngine();
        await using RunningProxy proxy = await RunningProxy.StartAsync([("ENGINES", await engine.StartAsync()), .. Settings]);
        List<WeakReference> streams = [];
        FillPool(proxy.Slabs);
        DateTimeOffset began = DateTimeOffset.UtcNow;

        await ZapAsync(proxy, 100, streams);
        await proxy.SettledAsync(engine.Current);
        engine.Current.AssertEachStoppedOnce();
        await engine.ReplaceAsync();
        long before = Memory();

        await ZapAsync(proxy, 200, streams);
        await proxy.SettledAsync(engine.Current);
        Assert.All(engine.Current.Sessions, session => Assert.Equal(1, session.StopCount));
        long sessions = engine.Current.SessionsOpened;
        await engine.ReplaceAsync();
        long after = Memory();

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{300 * Zappers} zaps in {(DateTimeOffset.UtcNow - began).TotalSeconds:0.0} s, {sessions} sessions in the last 200 rounds, "
            + $"memory {before / 1024} KiB, then {after / 1024} KiB, {streams.Count(stream => stream.IsAlive)} of {streams.Count} streams alive");
        Assert.True(after - before < MostGrowth, $"memory grew from {before} to {after} bytes");
        Assert.DoesNotContain(streams, stream => stream.IsAlive);
        await engine.Current.DisposeAsync();
    }

    private static async Task ZapAsync(RunningProxy proxy, int rounds, List<WeakReference> streams)
    {
        for (int round = 0; round < rounds; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, Zappers).Select(zapper => WatchBrieflyAsync(proxy, new Random((round * Zappers) + zapper))));
            streams.AddRange(proxy.Streams.All().Select(stream => new WeakReference(stream)));
        }
    }

    /// <summary>Most see a bit, some leave before they see anything.</summary>
    private static async Task WatchBrieflyAsync(RunningProxy proxy, Random random)
    {
        ContentScript content = Contents.Stamped(random.Next(1, ContentCount + 1));
        string query = random.Next(2) == 0 ? $"id={content.ContentId}" : $"infohash={content.Infohash}";
        if (random.Next(4) == 0)
        {
            using Wire wire = await Wire.ConnectAsync(proxy.Address);
            await wire.SendAsync($"GET /ace/getstream?{query} HTTP/1.1\r\nHost: proxy\r\n\r\n");
            if (random.Next(2) == 0)
            {
                wire.Reset();
            }

            return;
        }

        using Viewer viewer = await Viewer.JoinAsync(proxy, query);
        await viewer.UntilAsync(checker => checker.Packets > random.Next(1, 300));
        Assert.Equal(0, viewer.Checker.Misaligned);
    }

    /// <summary>Idle slabs, which are bounded, are then as many at the begin as at the end.</summary>
    private static void FillPool(SlabPool pool)
    {
        Slab[] slabs = [.. Enumerable.Range(0, 100).Select(_ => pool.Rent())];
        foreach (Slab slab in slabs)
        {
            slab.Release();
        }
    }

    private static long Memory()
    {
        for (int pass = 0; pass < 3; pass++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        return GC.GetTotalMemory(forceFullCollection: true);
    }

    /// <summary>An engine at one address that can be exchanged for a fresh one, whose records take no memory yet.</summary>
    private sealed class ReplaceableEngine
    {
        private int _port;

        public SimulatedEngine Current { get; private set; } = null!;

        public async Task<string> StartAsync()
        {
            Current = await SimulatedEngine.StartAsync(new SimulatorOptions { Port = _port });
            for (int number = 1; number <= ContentCount; number++)
            {
                Current.Add(Contents.Stamped(number));
            }

            _port = Current.EndPoint.Port;
            return new IPEndPoint(IPAddress.Loopback, _port).ToString();
        }

        public async Task ReplaceAsync()
        {
            await Current.DisposeAsync();
            await StartAsync();
        }
    }
}
