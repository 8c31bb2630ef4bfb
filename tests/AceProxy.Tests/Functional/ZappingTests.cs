using System.Net;
using AceProxy.Buffering;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Events;
using Microsoft.Extensions.DependencyInjection;

namespace AceProxy.Tests.Functional;

/// <summary>Viewers of different contents, and viewers who cannot make up their minds.</summary>
[Collection(nameof(ZappingCollection))]
public sealed class ZappingTests
{
    private const int Zappers = 4;
    private const int ContentCount = 20;

    private const int Windows = 3;

    /// <summary>
    /// What 200 rounds, 800 zaps, may leave in the process, in bytes: 512 a zap. The shared pools of buffers grow by steps of more when
    /// more happens at once than ever before; a leak grows in every window.
    /// </summary>
    private const long MostGrowth = 800 * 512;

    /// <summary>What the pools' steps may come to.</summary>
    private const long MostGrowthOfPools = 8 * 1024 * 1024;

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
    public async Task GetStream_RoundsOfZappingByFour_LeaveNothingBehind()
    {
        var engine = new ReplaceableEngine();
        await using RunningProxy proxy = await RunningProxy.StartAsync([("ENGINES", await engine.StartAsync()), .. Settings]);
        List<WeakReference> streams = [];
        FillPool(proxy.Slabs);
        FillLog(proxy.Services.GetRequiredService<EventLog>());
        List<long> memory = [];
        for (int window = 0; window <= Windows; window++)
        {
            await ZapAsync(proxy, rounds: window == 0 ? 100 : 200, streams);
            await proxy.SettledAsync(engine.Current);
            Assert.All(engine.Current.Sessions, session => Assert.Equal(1, session.StopCount));
            Assert.Equal(engine.Current.SessionsOpened, engine.Current.Sessions.Count);
            await engine.ReplaceAsync();
            memory.Add(Memory());
        }

        long[] growth = [.. memory.Skip(1).Zip(memory, (after, before) => after - before)];
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"KiB after 100 rounds and each 200 more: {string.Join(", ", memory.Select(bytes => bytes / 1024))}; "
            + $"{streams.Count(stream => stream.IsAlive)} of {streams.Count} streams alive");
        Assert.True(growth.Min() < MostGrowth, $"memory grew by {string.Join(", ", growth)} bytes");
        Assert.True(growth.Sum() < MostGrowthOfPools, $"memory grew by {string.Join(", ", growth)} bytes");
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

    /// <summary>What is kept of events has a bound; from there on it does not grow.</summary>
    private static void FillLog(EventLog log)
    {
        for (int number = 0; number < 2 * EventLog.Most; number++)
        {
            log.Record(new ProxyEvent(EventKind.ClientLeft)
            {
                Client = "0123456789ab",
                Stream = Contents.Stamped().Infohash,
                Address = "127.0.0.1",
                Reason = "stream-ended",
                Seconds = 1234.567,
                Bytes = 1_234_567,
            });
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
