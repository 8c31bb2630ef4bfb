using System.Text.Json;
using AceProxy.EngineSimulator.Contents;
using AceProxy.EngineSimulator.Observation;

namespace AceProxy.Tests.Functional;

/// <summary>An operator empties an engine: its streams move to another while they play, and no viewer can tell.</summary>
public sealed class DrainTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("overlapping")]
    [InlineData("ahead")] // the new session begins later than where the old one is
    [InlineData("behind")] // the new session's newest is older than where the old one is
    public async Task Drain_EngineWithThreeStreams_AllMoveWithoutAPacketLostOrRepeated(string position)
    {
        await using TwoEngines engines = await TwoEngines.StartAsync(
            3,
            script => position == "ahead" ? script with { Lag = TimeSpan.FromSeconds(2), Burst = TimeSpan.FromSeconds(1) } : script,
            script => position switch
            {
                "ahead" => script with { Burst = TimeSpan.FromSeconds(0.5) },
                "behind" => script with { Lag = TimeSpan.FromSeconds(1.5), Burst = TimeSpan.FromSeconds(1) },
                _ => script,
            },
            ("UPSTREAM_HANDOVER_LIMIT", position == "behind" ? "1" : "15"));
        Viewer[] viewers = await Task.WhenAll(Enumerable.Range(0, 6).Select(number => engines.WatchAsync(1 + (number % 3))));
        await EachAsync(viewers, viewer => viewer.UntilAsync(checker => checker.Packets > 200));
        Assert.Equal((3, 0), (engines.First.OpenSessionCount, engines.Second.OpenSessionCount));

        Task drained = engines.First.WaitUntilAsync(
            engine => engine is { OpenSessionCount: 0, ReaderCount: 0 }, SafetyNet.Limit, Cancellation);
        await engines.DrainAsync();
        await EachAsync(viewers, async viewer =>
        {
            while (!drained.IsCompleted)
            {
                long packets = viewer.Checker.Packets;
                await viewer.UntilAsync(checker => checker.Packets > packets + 100);
            }
        });
        await drained;
        DateTimeOffset moved = DateTimeOffset.UtcNow;
        await EachAsync(viewers, viewer => viewer.UntilNewerThanAsync(moved));

        Assert.All(viewers, viewer => viewer.Checker.AssertGapless());
        Assert.All(viewers, viewer => Assert.Equal(0, viewer.Checker.Marked));
        Assert.All(engines.Proxy.Streams.All(), stream => Assert.Equal(
            (engines.Second.EndPoint.ToString(), 1, 0, 1, 0),
            (stream.Progress.Session!.Engine.Address.Id, stream.Progress.Failovers, stream.Progress.Reconnections,
                stream.Progress.Splices, stream.Progress.Jumps)));
        Assert.Equal(0, engines.First.Count(EngineEventKind.ReaderRefused) + engines.Second.Count(EngineEventKind.ReaderRefused));
        Assert.Equal((3, 3), (engines.First.SessionsOpened, engines.Second.SessionsOpened));
        DisposeAll(viewers);
        await engines.AssertSettledAsync();
    }

    [Fact]
    public async Task Drain_NoOtherEngine_StaysAndSaysSo_AndMovesWhenThereIsOne()
    {
        await using TwoEngines engines = await TwoEngines.StartAsync(1, ("ENGINE_WAIT_TIMEOUT", "0.2"));
        using (await DrainSecondAsync(engines))
        {
            using Viewer viewer = await engines.WatchAsync();
            await viewer.UntilAsync(checker => checker.Packets > 200);

            await engines.DrainAsync();
            await SafetyNet.EventuallyAsync(() => engines.Stream.Progress.Note is not null, () => "no word of it");

            string note = await NoteAsync(engines.Proxy);
            Assert.Contains(engines.First.EndPoint.ToString(), note, StringComparison.Ordinal);
            DateTimeOffset stayed = DateTimeOffset.UtcNow;
            await viewer.UntilNewerThanAsync(stayed);
            Assert.Equal((1, 0), (engines.First.OpenSessionCount, engines.Second.OpenSessionCount));

            await UndrainSecondAsync(engines);
            await engines.First.WaitUntilAsync(engine => engine.OpenSessionCount == 0, SafetyNet.Limit, Cancellation);
            DateTimeOffset moved = DateTimeOffset.UtcNow;
            await viewer.UntilNewerThanAsync(moved);
            viewer.Checker.AssertGapless();
            Assert.Null(engines.Stream.Progress.Note);
        }

        await engines.AssertSettledAsync();
    }

    [Fact]
    public async Task Undrain_BeforeAnyOtherTookTheStream_ItStays()
    {
        await using TwoEngines engines = await TwoEngines.StartAsync(1, ("ENGINE_WAIT_TIMEOUT", "0.2"));
        using (await DrainSecondAsync(engines))
        {
            using Viewer viewer = await engines.WatchAsync();
            await viewer.UntilAsync(checker => checker.Packets > 200);
            await engines.DrainAsync();
            await SafetyNet.EventuallyAsync(() => engines.Stream.Progress.Note is not null, () => "no word of it");

            await engines.DrainAsync(false);
            await SafetyNet.EventuallyAsync(() => engines.Stream.Progress.Note is null, () => engines.Stream.Progress.Note!);

            DateTimeOffset settled = DateTimeOffset.UtcNow;
            await viewer.UntilNewerThanAsync(settled);
            viewer.Checker.AssertGapless();
            Assert.Equal((1, 0), (engines.First.SessionsOpened, engines.Second.SessionsOpened));
        }

        await engines.AssertSettledAsync();
    }

    [Fact]
    public async Task Drain_SecondTimeAfterItStayedTheFirst_Moves()
    {
        await using TwoEngines engines = await TwoEngines.StartAsync(1, ("ENGINE_WAIT_TIMEOUT", "0.2"));
        using (await DrainSecondAsync(engines))
        {
            using Viewer viewer = await engines.WatchAsync();
            await viewer.UntilAsync(checker => checker.Packets > 200);
            await engines.DrainAsync();
            await SafetyNet.EventuallyAsync(() => engines.Stream.Progress.Note is not null, () => "no word of it");
            await engines.DrainAsync(false);
            await SafetyNet.EventuallyAsync(() => engines.Stream.Progress.Note is null, () => engines.Stream.Progress.Note!);
            await UndrainSecondAsync(engines);

            await engines.DrainAsync();

            await engines.First.WaitUntilAsync(engine => engine.OpenSessionCount == 0, SafetyNet.Limit, Cancellation);
            DateTimeOffset moved = DateTimeOffset.UtcNow;
            await viewer.UntilNewerThanAsync(moved);
            viewer.Checker.AssertGapless();
        }

        await engines.AssertSettledAsync();
    }

    [Theory]
    [InlineData("before its first packet")]
    [InlineData("in mid-stream")]
    public async Task Drain_OldSessionIsSilent_IsNotWaitedForOnceTheNewOneFlows(string since)
    {
        bool isStart = since == "before its first packet";
        await using TwoEngines engines = await TwoEngines.StartAsync(
            1, script => isStart ? script with { PrebufferDelay = TimeSpan.FromSeconds(12) } : script, script => script,
            ("STALL_TIMEOUT", "60"), ("PROXY_INIT_TIMEOUT", "60"), ("ENGINE_FROZEN_PERIOD", "600"), ("ENGINE_STAT_INTERVAL", "0.5"));
        Task<Viewer> joining = engines.WatchAsync();
        if (isStart)
        {
            await engines.First.WaitUntilAsync(engine => engine.RequestsTo("/ace/r/") == 1, SafetyNet.Limit, Cancellation);
        }
        else
        {
            await (await joining).UntilAsync(checker => checker.Packets > 200);
            engines.First.Contents.Single().Fault(StreamFault.Silence);
        }

        await engines.DrainAsync();

        using Viewer viewer = await joining.WaitAsync(SafetyNet.Limit, Cancellation);
        await engines.First.WaitUntilAsync(engine => engine.OpenSessionCount == 0, SafetyNet.Limit, Cancellation);
        await viewer.UntilNewerThanAsync(DateTimeOffset.UtcNow);
        viewer.Checker.AssertGapless();
        Assert.Equal(isStart ? 0 : 1, engines.First.Count(EngineEventKind.ReaderStarted));
        viewer.Dispose();
        await engines.AssertSettledAsync();
    }

    [Theory]
    [InlineData("refuses the content")]
    [InlineData("answers playback with 500")]
    [InlineData("ends at once")]
    public async Task Drain_OtherEngineFailsAtFirst_TheOldGoesOnAndItIsTriedAgain(string failure)
    {
        await using TwoEngines engines = await TwoEngines.StartAsync(1, script => script, script => failure switch
        {
            "refuses the content" => script with { StartError = "failed to load content" },
            "answers playback with 500" => script with { PlaybackStatus = 500 },
            _ => script with { EofAfter = TimeSpan.Zero },
        });
        using Viewer viewer = await engines.WatchAsync();
        await viewer.UntilAsync(checker => checker.Packets > 200);

        await engines.DrainAsync();
        await engines.Second.WaitUntilAsync(engine => engine.RequestsTo("/ace/getstream") >= 2, SafetyNet.Limit, Cancellation);
        Assert.Equal(1, engines.First.OpenSessionCount);
        engines.Second.Contents.Single().Update(script => script with { StartError = null, PlaybackStatus = null, EofAfter = null });
        await engines.First.WaitUntilAsync(engine => engine.OpenSessionCount == 0, SafetyNet.Limit, Cancellation);

        DateTimeOffset moved = DateTimeOffset.UtcNow;
        await viewer.UntilNewerThanAsync(moved);
        viewer.Checker.AssertGapless();
        Assert.Equal(0, viewer.Checker.Marked);
        viewer.Dispose();
        await engines.AssertSettledAsync();
    }

    [Theory]
    [InlineData("while it opens")]
    [InlineData("while it prebuffers")]
    public async Task Drain_OldSessionBreaksMeanwhile_TheNewOneTakesOver(string moment)
    {
        await using TwoEngines engines = await TwoEngines.StartAsync(1, script => script, script => moment == "while it opens"
            ? script with { OpenDelay = TimeSpan.FromSeconds(1) }
            : script with { PrebufferDelay = TimeSpan.FromSeconds(1) });
        using Viewer viewer = await engines.WatchAsync();
        await viewer.UntilAsync(checker => checker.Packets > 200);

        await engines.DrainAsync();
        await engines.Second.WaitUntilAsync(
            engine => moment == "while it opens" ? engine.SessionsOpened == 1 : engine.RequestsTo("/ace/r/") == 1, SafetyNet.Limit, Cancellation);
        engines.First.Contents.Single().Fault(StreamFault.Reset);
        DateTimeOffset broken = DateTimeOffset.UtcNow;
        await viewer.UntilNewerThanAsync(broken.AddSeconds(0.5));

        Assert.Equal(0, viewer.Checker.Repeated);
        await engines.First.WaitUntilAsync(engine => engine.OpenSessionCount == 0, SafetyNet.Limit, Cancellation);
        Assert.Equal((1, engines.Second.EndPoint.ToString()), (engines.Second.SessionsOpened, engines.EngineInUse));
        viewer.Dispose();
        await engines.AssertSettledAsync();
    }

    [Fact]
    public async Task Drain_LastViewerLeavesMeanwhile_BothSessionsAreStopped()
    {
        await using TwoEngines engines = await TwoEngines.StartAsync(
            1, script => script, script => script with { PrebufferDelay = TimeSpan.FromSeconds(5) });
        using Viewer viewer = await engines.WatchAsync();
        await viewer.UntilAsync(checker => checker.Packets > 200);

        await engines.DrainAsync();
        await engines.Second.WaitUntilAsync(engine => engine.RequestsTo("/ace/r/") == 1, SafetyNet.Limit, Cancellation);
        viewer.Dispose();

        await engines.AssertSettledAsync();
        Assert.Equal((1, 1), (engines.First.SessionsOpened, engines.Second.SessionsOpened));
    }

    private static Task EachAsync(Viewer[] viewers, Func<Viewer, Task> action) => Task.WhenAll(viewers.Select(action));

    private static void DisposeAll(Viewer[] viewers) => Array.ForEach(viewers, viewer => viewer.Dispose());

    private static async Task<IDisposable> DrainSecondAsync(TwoEngines engines) =>
        await engines.Proxy.Client.PostAsync($"/api/engines/{engines.Second.EndPoint}/drain", null, Cancellation);

    private static async Task UndrainSecondAsync(TwoEngines engines)
    {
        using HttpResponseMessage response = await engines.Proxy.Client.PostAsync($"/api/engines/{engines.Second.EndPoint}/undrain", null, Cancellation);
        response.EnsureSuccessStatusCode();
    }

    private static async Task<string> NoteAsync(RunningProxy proxy)
    {
        using JsonDocument streams = JsonDocument.Parse(await proxy.Client.GetStringAsync("/api/streams", Cancellation));
        return streams.RootElement.GetProperty("streams")[0].GetProperty("note").GetString()!;
    }
}
