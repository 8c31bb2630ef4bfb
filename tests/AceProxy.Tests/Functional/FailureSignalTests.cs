using System.Globalization;
using AceProxy.EngineSimulator.Broadcasting;
using AceProxy.EngineSimulator.Contents;
using AceProxy.MpegTs;

namespace AceProxy.Tests.Functional;

/// <summary>What shows that a session is dead, each by itself, with another engine free; and what only looks like it.</summary>
public sealed class FailureSignalTests
{
    /// <summary>Long enough that nothing but the statistics can have been the reason.</summary>
    private static readonly (string, string)[] Patient =
        [("STALL_TIMEOUT", "15"), ("ENGINE_STAT_INTERVAL", "0.2"), ("ENGINE_STAT_TIMEOUT", "0.5"), ("ENGINE_FROZEN_PERIOD", "1.5")];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("silence", "Stalled")]
    [InlineData("silence, frozen", "Frozen")]
    [InlineData("silence, hung engine", "Hung")]
    [InlineData("loop", "Looping")]
    [InlineData("no listener", "Unreachable")]
    public async Task Play_SessionDies_GoesOnOnAnotherEngine(string signal, string expected)
    {
        await using TwoEngines engines = await TwoEngines.StartAsync(1, expected == "Stalled" ? [("STALL_TIMEOUT", "3")] : Patient);
        using Viewer viewer = await engines.WatchAsync();
        await viewer.UntilAsync(checker => checker.Packets > 200);
        SimulatedContent content = engines.First.Contents.Single();

        DateTimeOffset struck = DateTimeOffset.UtcNow;
        switch (signal)
        {
            case "silence, frozen":
                content.Update(script => script with { StatBehaviour = StatBehaviour.Frozen });
                break;
            case "silence, hung engine":
                engines.First.Hang(true);
                break;
            case "loop":
                content.Update(script => script with { StatBehaviour = StatBehaviour.Looping });
                content.Fault(StreamFault.Loop(TimeSpan.FromSeconds(1)));
                break;
            case "no listener":
                engines.First.Refuse(true);
                content.Fault(StreamFault.Reset);
                break;
        }

        if (signal.StartsWith("silence", StringComparison.Ordinal))
        {
            content.Fault(StreamFault.Silence);
        }

        await engines.Second.WaitUntilAsync(engine => engine.ReaderCount == 1, SafetyNet.Limit, Cancellation);
        double seconds = (DateTimeOffset.UtcNow - struck).TotalSeconds;
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{signal}: left after {seconds:0.0} s"));
        Assert.InRange(seconds, 0, 12);
        Assert.Equal(engines.Second.EndPoint.ToString(), engines.EngineInUse);
        await viewer.UntilNewerThanAsync(DateTimeOffset.UtcNow);
        Assert.Equal(1, engines.Stream.Progress.Failovers);
        Assert.Equal(0, viewer.Checker.Misaligned);
        if (signal != "loop")
        {
            Assert.Equal((0, 0), (viewer.Checker.Repeated, viewer.Checker.CounterErrors)); // a loop repeats, unannounced, of its own
        }

        engines.First.Hang(false);
    }

    [Theory]
    [InlineData("Frozen")]
    [InlineData("Looping")]
    [InlineData("Regressing")]
    [InlineData("PeersWithoutData")]
    [InlineData("Dead")]
    [InlineData("NeverAnswers")]
    [InlineData("InternalError")]
    [InlineData("Html")]
    [InlineData("TruncatedJson")]
    [InlineData("Huge")]
    [InlineData("MissingFields")]
    [InlineData("WrongTypes")]
    public async Task Play_OnlyTheStatisticsAreBad_Stays(string statistics)
    {
        await using TwoEngines engines = await TwoEngines.StartAsync(1, script => Spoil(script, statistics), script => script, Patient);
        using Viewer viewer = await engines.WatchAsync();

        DateTimeOffset begin = DateTimeOffset.UtcNow;
        await viewer.UntilNewerThanAsync(begin.AddSeconds(4));

        await SafetyNet.EventuallyAsync(() => engines.First.RequestsTo("/ace/stat/") >= 4, () => "the statistics are not asked for");
        Assert.Equal((1, 0), (engines.First.SessionsOpened, engines.Second.SessionsOpened));
        Assert.Equal((0, 0), (engines.Stream.Progress.Reconnections, engines.Stream.Progress.Jumps));
        viewer.Checker.AssertGapless();
        viewer.Dispose();
        await engines.AssertSettledAsync();
    }

    [Fact]
    public async Task Play_SilentAndTheEngineDoesNotKnowTheSession_IsLeftBeforeTheStallTimeout()
    {
        byte[] packets = new byte[2_000 * TsPacket.Size];
        new StampedBroadcast(2_000_000, TimeSpan.FromSeconds(0.4)).Read(0, packets);
        await using var engine = new ScriptedEngine(async (_, connection) =>
        {
            await ScriptedEngine.BeginAsync(connection);
            await connection.WriteAsync(packets);
            Assert.Equal(0, await connection.ReadAsync(new byte[1])); // silent, and open until the proxy hangs up
        })
        { Statistics = """{"response": null, "error": "unknown playback session id"}""" };
        await using RunningProxy proxy = await RunningProxy.StartAsync([("ENGINES", engine.EndPoint), .. Patient]);
        using Viewer viewer = await Viewer.JoinAsync(proxy, $"infohash={ScriptedEngine.Infohash}");

        DateTimeOffset begin = DateTimeOffset.UtcNow;
        await SafetyNet.EventuallyAsync(() => engine.Opened == 2, () => $"{engine.Opened} sessions were opened");

        Assert.InRange((DateTimeOffset.UtcNow - begin).TotalSeconds, 0, 12);
        Assert.Equal(1, engine.Stopped);
        Assert.All(
            engine.Targets.Where(target => target.StartsWith("/stat", StringComparison.Ordinal)),
            target => Assert.Equal("/stat?skip_player_activity=1", target));
    }

    [Fact]
    public async Task Play_StatisticsTold_AreInTheApi()
    {
        await using TwoEngines engines = await TwoEngines.StartAsync(1, Patient);
        using Viewer viewer = await engines.WatchAsync();
        await SafetyNet.EventuallyAsync(() => engines.Stream.Progress.Session?.Statistics?.Status == "dl", () => "no statistics");

        using var streams = System.Text.Json.JsonDocument.Parse(await engines.Proxy.Client.GetStringAsync("/api/streams", Cancellation));
        System.Text.Json.JsonElement session = streams.RootElement.GetProperty("streams")[0].GetProperty("session");

        Assert.Equal(("dl", 12, 257), (
            session.GetProperty("status").GetString(), session.GetProperty("peers").GetInt32(), session.GetProperty("speed_down").GetInt32()));
        Assert.True(session.GetProperty("downloaded").GetInt64() > 0);
        Assert.True(session.GetProperty("live_last").GetInt64() >= session.GetProperty("livepos").GetInt64());
    }

    private static ContentScript Spoil(ContentScript script, string statistics) => Enum.TryParse(statistics, out StatBehaviour behaviour)
        ? script with { StatBehaviour = behaviour }
        : script with { StatDefect = Enum.Parse<ReplyDefect>(statistics) };
}
