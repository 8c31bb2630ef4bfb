using System.Net;
using AceProxy.Engines;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;

namespace AceProxy.Tests.Functional;

/// <summary>From engine to engine: at the start, in mid-play, and when no engine is good.</summary>
public sealed class FailoverTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("refuses")]
    [InlineData("hangs")]
    [InlineData("Html")]
    [InlineData("InternalError")]
    [InlineData("MissingFields")]
    [InlineData("NeverAnswers")]
    [InlineData("playback 500")]
    public async Task GetStream_BestEngineFailsToOpen_TheOtherServes(string defect)
    {
        await using TwoEngines engines = await TwoEngines.StartAsync(
            1, script => Spoil(script, defect), script => script, ("UPSTREAM_OPENING_PATIENCE", "0.5"), ("ENGINE_LATE_REPLY_TIMEOUT", "1"),
            ("ENGINE_CALL_TIMEOUT", "3"), ("ENGINE_RESOLVE_TIMEOUT", "0.5"));
        engines.First.Refuse(defect == "refuses");
        engines.First.Hang(defect == "hangs");

        DateTimeOffset asked = DateTimeOffset.UtcNow;
        using (Viewer viewer = await engines.WatchAsync())
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"{defect}: 200 after {(DateTimeOffset.UtcNow - asked).TotalSeconds:0.00} s");
            await viewer.UntilAsync(checker => checker.Packets > 100);
            viewer.Checker.AssertGapless();
            Assert.Equal((engines.Second.EndPoint.ToString(), 0), (engines.EngineInUse, engines.Stream.Progress.Failovers));
        }

        engines.First.Refuse(false);
        engines.First.Hang(false);
        await engines.Proxy.SettledAsync();
        await engines.Second.WaitUntilAsync(engine => engine.OpenSessionCount == 0, SafetyNet.Limit, Cancellation);
        engines.Second.AssertEachStoppedOnce();
        engines.First.AssertNoneStoppedTwice();
    }

    [Theory]
    [InlineData("failed to load content", null, HttpStatusCode.NotFound)]
    [InlineData("cannot start", """{"option": "proxyServer"}""", HttpStatusCode.BadGateway)]
    public async Task GetStream_EngineRefusesTheContent_IsTheAnswerAndNoOtherIsAsked(string error, string? extra, HttpStatusCode status)
    {
        await using TwoEngines engines = await TwoEngines.StartAsync(
            1, script => script with { StartError = error, StartErrorExtraData = extra }, script => script);

        using HttpResponseMessage response = await engines.Proxy.GetAsync($"infohash={engines.First.Contents[0].Infohash}", Cancellation);

        Assert.Equal(status, response.StatusCode);
        Assert.Equal(0, engines.Second.RequestsTo("/ace/getstream"));
    }

    [Fact]
    public async Task GetStream_BestEngineAnswersLate_ItsSessionIsStoppedAndTheOtherPlaysOn()
    {
        await using TwoEngines engines = await TwoEngines.StartAsync(
            1, script => script with { OpenDelay = TimeSpan.FromSeconds(1.5) }, script => script, ("UPSTREAM_OPENING_PATIENCE", "0.3"));
        using Viewer viewer = await engines.WatchAsync();
        Assert.Equal(engines.Second.EndPoint.ToString(), engines.EngineInUse);

        await engines.First.WaitUntilAsync(engine => engine.Sessions is [{ StopCount: 1 }], SafetyNet.Limit, Cancellation);
        DateTimeOffset stopped = DateTimeOffset.UtcNow;
        await viewer.UntilNewerThanAsync(stopped);

        viewer.Checker.AssertGapless();
        viewer.Dispose();
        await engines.AssertSettledAsync();
    }

    [Fact]
    public async Task GetStream_BestEngineLeavesOpeningsUnanswered_IsNotTheFirstChoiceAfterTwoContents()
    {
        await using TwoEngines engines = await TwoEngines.StartAsync(
            3, script => script with { OpenDelay = TimeSpan.FromSeconds(10) }, script => script, ("UPSTREAM_OPENING_PATIENCE", "0.3"));

        for (int number = 1; number <= 3; number++)
        {
            using Viewer viewer = await engines.WatchAsync(number);
        }

        Assert.Equal((2, 3), (engines.First.RequestsTo("/ace/getstream"), engines.Second.RequestsTo("/ace/getstream")));
        Engine hung = engines.Proxy.Engines.Engines.Single(engine => engine.Address.IsForwarded);
        Assert.Equal(EngineState.Degraded, hung.Health.State);
        await engines.AssertSettledAsync();
    }

    [Fact]
    public async Task GetStream_EveryEngineFails_IsAnsweredAndEachWasAsked()
    {
        await using TwoEngines engines = await TwoEngines.StartAsync(
            1, script => script with { StartDefect = ReplyDefect.Html }, script => script with { StartDefect = ReplyDefect.Html });

        using HttpResponseMessage response = await engines.Proxy.GetAsync($"infohash={engines.First.Contents[0].Infohash}", Cancellation);

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal((1, 1), (engines.First.RequestsTo("/ace/getstream"), engines.Second.RequestsTo("/ace/getstream")));
        await engines.Proxy.SettledAsync();
    }

    [Fact]
    public async Task Play_BothEnginesBreakOffAllTheTime_AreNotTossedBetween()
    {
        static ContentScript Short(ContentScript script) => script with { EofAfter = TimeSpan.FromSeconds(0.1) };
        await using TwoEngines engines = await TwoEngines.StartAsync(1, Short, Short);
        using Viewer viewer = await engines.WatchAsync();

        await SafetyNet.EventuallyAsync(() => engines.Stream.Progress.Reconnections >= 15, () => "it does not break off");

        Assert.Equal(1, engines.Stream.Progress.Failovers);
        Assert.Equal(2, engines.First.SessionsOpened); // its second was tried before it was left
        Assert.Equal(0, viewer.Checker.Repeated);
        viewer.Dispose();
        await engines.AssertSettledAsync();
    }

    [Fact]
    public async Task Play_BothEnginesGone_GivesUpAndEndsEveryClient()
    {
        await using TwoEngines engines = await TwoEngines.StartAsync(1, ("UPSTREAM_GIVE_UP", "2"));
        Viewer[] viewers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => engines.WatchAsync()));

        foreach (SimulatedEngine engine in (SimulatedEngine[])[engines.First, engines.Second])
        {
            engine.Refuse(true);
            engine.Restart();
        }

        await Task.WhenAll(viewers.Select(viewer => viewer.ToEndAsync()));

        Assert.All(viewers, viewer => viewer.Checker.AssertGapless());
        await engines.Proxy.SettledAsync();
        Array.ForEach(viewers, viewer => viewer.Dispose());
    }

    [Fact]
    public async Task Play_EngineGoneAndBackWhileTheOtherGoes_FlowsAgainEachTime()
    {
        await using TwoEngines engines = await TwoEngines.StartAsync(1, ("UPSTREAM_AVOID_PERIOD", "0.5"), ("ENGINE_BREAK", "0.2"), ("ENGINE_PROBE_INTERVAL", "0.2"));
        using Viewer viewer = await engines.WatchAsync();
        SimulatedEngine[] both = [engines.First, engines.Second];
        for (int round = 0; round < 4; round++)
        {
            SimulatedEngine inUse = both.Single(engine => engine.EndPoint.ToString() == engines.EngineInUse);
            inUse.Refuse(true);
            inUse.Restart();
            DateTimeOffset gone = DateTimeOffset.UtcNow;
            await viewer.UntilNewerThanAsync(gone.AddSeconds(0.3));
            Assert.Equal(round + 1, engines.Stream.Progress.Failovers);
            inUse.Refuse(false);
        }

        Assert.Equal((0, 0), (viewer.Checker.Repeated, viewer.Checker.CounterErrors));
        viewer.Dispose();
        await engines.Proxy.SettledAsync();
    }

    [Fact]
    public async Task Play_StopHangsOnTheEngineThatIsLeft_NobodyWaitsForIt()
    {
        await using TwoEngines engines = await TwoEngines.StartAsync(
            1, script => script with { StopDefect = ReplyDefect.NeverAnswers }, script => script, ("STALL_TIMEOUT", "2"), ("ENGINE_STOP_TIMEOUT", "12"));
        using Viewer viewer = await engines.WatchAsync();
        DateTimeOffset struck = DateTimeOffset.UtcNow;
        engines.First.Contents.Single().Fault(StreamFault.Silence);

        await viewer.UntilNewerThanAsync(struck.AddSeconds(0.6));

        Assert.InRange((DateTimeOffset.UtcNow - struck).TotalSeconds, 0, 10);
        Assert.Equal(1, engines.Proxy.Streams.All().Single().Progress.Failovers);
        viewer.Dispose();
        await engines.Proxy.SettledAsync(); // the slot is held until the stop has been given up
        engines.First.AssertEachStoppedOnce();
        engines.Second.AssertEachStoppedOnce();
    }

    private static ContentScript Spoil(ContentScript script, string defect) => defect switch
    {
        "refuses" or "hangs" => script,
        "playback 500" => script with { PlaybackStatus = 500 },
        _ => script with { StartDefect = Enum.Parse<ReplyDefect>(defect) },
    };
}
