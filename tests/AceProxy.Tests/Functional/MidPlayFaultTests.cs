using System.Globalization;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.EngineSimulator.Observation;
using AceProxy.LiveStreams;

namespace AceProxy.Tests.Functional;

/// <summary>What an engine does in mid-play, ten times each with several viewers on: none of them loses its connection.</summary>
public sealed class MidPlayFaultTests
{
    private const int Rounds = 10;
    private const int Viewers = 3;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("reset")]
    [InlineData("end of body")]
    [InlineData("truncated body")]
    public Task Play_ConnectionBreaks_GoesOn(string name) => PlayThroughAsync(name, async scene =>
    {
        StreamFault fault = name switch
        {
            "reset" => StreamFault.Reset,
            "end of body" => StreamFault.Eof,
            _ => StreamFault.Truncate,
        };
        await scene.BreakAsync(fault);
        return DateTimeOffset.UtcNow;
    });

    [Fact]
    public Task Play_Stalls_GoesOnOnAnotherConnection() => PlayThroughAsync("stall", async scene =>
    {
        int started = scene.Engine.Count(EngineEventKind.ReaderStarted);
        DateTimeOffset struck = DateTimeOffset.UtcNow;
        Assert.Equal(1, scene.Content.Fault(StreamFault.Silence));
        await scene.Engine.MoreAsync(EngineEventKind.ReaderStarted, started);
        return struck;
    });

    [Theory]
    [InlineData(500)]
    [InlineData(403)]
    [InlineData(404)]
    public Task Play_PlaybackRefusedForAWhile_GoesOn(int status) => PlayThroughAsync($"playback answers {status}", async scene =>
    {
        scene.Content.Update(script => script with { PlaybackStatus = status });
        int playbacks = scene.Engine.RequestsTo("/content/");
        await scene.BreakAsync(StreamFault.Reset);
        await scene.Engine.WaitUntilAsync(engine => engine.RequestsTo("/content/") >= playbacks + 3, SafetyNet.Limit, Cancellation);
        scene.Content.Update(script => script with { PlaybackStatus = null });
        return DateTimeOffset.UtcNow;
    });

    [Fact]
    public Task Play_EngineRestarts_GoesOnWithANewSession() => PlayThroughAsync("engine restart", async scene =>
    {
        int ended = scene.Engine.Count(EngineEventKind.ReaderEnded);
        scene.Engine.Restart();
        await scene.Engine.MoreAsync(EngineEventKind.ReaderEnded, ended);
        return DateTimeOffset.UtcNow;
    });

    [Fact]
    public Task Play_EngineRefusesForAWhile_GoesOn() => PlayThroughAsync(
        "engine refuses",
        async scene =>
        {
            long interruptions = scene.Stream.Progress.Reconnections;
            scene.Engine.Refuse(true);
            await scene.BreakAsync(StreamFault.Reset);
            await SafetyNet.EventuallyAsync(
                () => scene.Stream.Progress.Reconnections >= interruptions + 3, () => "the engine was not tried again");
            scene.Engine.Refuse(false);
            return DateTimeOffset.UtcNow;
        },
        stopsArrive: false);

    [Fact]
    public Task Play_GarbageTooMuchToWaitThrough_GoesOn() => PlayThroughAsync("garbage, 400 KB", async scene =>
    {
        int ended = scene.Engine.Count(EngineEventKind.ReaderEnded);
        Assert.Equal(1, scene.Content.Fault(StreamFault.Garbage(400_000)));
        await scene.Engine.MoreAsync(EngineEventKind.ReaderEnded, ended);
        return DateTimeOffset.UtcNow;
    });

    [Fact]
    public async Task Play_Garbage_GoesOnOnTheSameConnectionWithTheGapMarked()
    {
        SimulatedEngine engine = await PlayThroughAsync("garbage, 10 KB", scene =>
        {
            DateTimeOffset struck = DateTimeOffset.UtcNow;
            Assert.Equal(1, scene.Content.Fault(StreamFault.Garbage(10_000)));
            return Task.FromResult(struck);
        });
        Assert.Equal(1, engine.Count(EngineEventKind.ReaderStarted));
    }

    [Fact]
    public async Task Play_StallsForLessThanTheLimit_StaysOnTheSameConnectionAndLosesNothing()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Scene.Script);
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine, [.. Scene.Settings, ("STALL_TIMEOUT", "10")]);
        using Viewer viewer = await Viewer.JoinAsync(proxy, $"infohash={content.Infohash}");
        await viewer.UntilAsync(checker => checker.Packets > 200);

        for (int round = 0; round < 3; round++)
        {
            DateTimeOffset struck = DateTimeOffset.UtcNow;
            Assert.Equal(1, content.Fault(StreamFault.Stall(TimeSpan.FromSeconds(0.5))));
            await viewer.UntilNewerThanAsync(struck.AddSeconds(0.3));
        }

        viewer.Checker.AssertGapless();
        Assert.Equal(0, viewer.Checker.Marked);
        Assert.Equal((1, 1), (engine.Count(EngineEventKind.ReaderStarted), (int)engine.SessionsOpened));
    }

    /// <param name="stopsArrive">False when the engine cannot be reached at the moment a session is given up.</param>
    private static async Task<SimulatedEngine> PlayThroughAsync(string name, Func<Scene, Task<DateTimeOffset>> strike, bool stopsArrive = true)
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Scene.Script);
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine, Scene.Settings);
        Viewer[] viewers = await Task.WhenAll(Enumerable.Range(0, Viewers).Select(_ => Viewer.JoinAsync(proxy, $"infohash={content.Infohash}")));
        await EachAsync(viewers, viewer => viewer.UntilAsync(checker => checker.Packets > 200));
        var scene = new Scene(engine, content, proxy.Streams.All().Single());
        List<double> recoveries = [];
        for (int round = 0; round < Rounds; round++)
        {
            long markedBefore = viewers[0].Checker.Marked;
            DateTimeOffset struck = await strike(scene);
            await EachAsync(viewers, viewer => viewer.UntilNewerThanAsync(struck));
            recoveries.Add((DateTimeOffset.UtcNow - struck).TotalMilliseconds);

            // Long enough to count as stable, so that the delays of the next round begin small again.
            DateTimeOffset recovered = DateTimeOffset.UtcNow;
            await EachAsync(viewers, viewer => viewer.UntilNewerThanAsync(recovered.AddSeconds(0.15)));
            Assert.True(viewers[0].Checker.Marked > markedBefore, $"the discontinuity of round {round} is not marked{Environment.NewLine}{engine.DescribeState()}");
        }

        recoveries.Sort();
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name}: {Rounds} recoveries, median {recoveries[Rounds / 2]:0} ms, worst {recoveries[^1]:0} ms, {engine.SessionsOpened} sessions"));
        Assert.All(viewers, viewer => Assert.Equal((0, 0), (viewer.Checker.Misaligned, viewer.Checker.CounterErrors)));
        engine.AssertOneReaderAtATime();

        foreach (Viewer viewer in viewers)
        {
            viewer.Dispose();
        }

        await proxy.SettledAsync(engine);
        if (stopsArrive)
        {
            engine.AssertEachStoppedOnce();
        }

        engine.AssertNoneStoppedTwice();
        return engine;
    }

    private static Task EachAsync(Viewer[] viewers, Func<Viewer, Task> action) => Task.WhenAll(viewers.Select(action));

    private sealed record Scene(SimulatedEngine Engine, SimulatedContent Content, LiveStream Stream)
    {
        public static ContentScript Script => Contents.Stamped(gopSeconds: 0.4) with { Burst = TimeSpan.FromSeconds(1) };

        public static (string, string)[] Settings =>
        [
            ("PROXY_GRACE_PERIOD", "0.1"), ("STALL_TIMEOUT", "0.5"), ("UPSTREAM_STABLE_PERIOD", "0.1"), ("UPSTREAM_RETRY_DELAY", "0.2"),
            ("KEYFRAME_WAIT", "1"), ("JOIN_BEHIND", "0.5"),
        ];

        /// <summary>Ends the engine's one reader, and returns when it has ended.</summary>
        public async Task BreakAsync(StreamFault fault)
        {
            int ended = Engine.Count(EngineEventKind.ReaderEnded);
            Assert.Equal(1, Content.Fault(fault));
            await Engine.MoreAsync(EngineEventKind.ReaderEnded, ended);
        }
    }
}
