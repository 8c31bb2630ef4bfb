using System.Globalization;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.EngineSimulator.Observation;
using AceProxy.LiveStreams;

namespace AceProxy.Tests.Functional;

/// <summary>A content that several viewers watch while things happen to it; none of them loses its connection.</summary>
internal sealed record MidPlayScene(SimulatedEngine Engine, SimulatedContent Content, LiveStream Stream)
{
    private const int Rounds = 10;
    private const int Viewers = 3;

    /// <summary>A new reader begins 3 s behind the live edge, which is longer than any recovery takes: what it brings overlaps.</summary>
    public static ContentScript Script => Contents.Stamped(gopSeconds: 0.4) with { Burst = TimeSpan.FromSeconds(3) };

    public static (string, string)[] Settings =>
    [
        ("PROXY_GRACE_PERIOD", "0.1"), ("STALL_TIMEOUT", "10"), ("UPSTREAM_STABLE_PERIOD", "0.1"), ("UPSTREAM_RETRY_DELAY", "0.2"),
        ("KEYFRAME_WAIT", "1"), ("JOIN_BEHIND", "0.5"),
    ];

    /// <summary>Ends the engine's one reader, and returns when it has ended.</summary>
    public async Task BreakAsync(StreamFault fault)
    {
        int ended = Engine.Count(EngineEventKind.ReaderEnded);
        Assert.Equal(1, Content.Fault(fault));
        await Engine.MoreAsync(EngineEventKind.ReaderEnded, ended);
    }

    /// <summary>Ten times: lets something happen, and sees every viewer served again.</summary>
    /// <param name="strike">Returns when it is over, so that what is on the air afterwards can arrive.</param>
    /// <param name="stopsArrive">False when the engine cannot be reached at the moment a session is given up.</param>
    /// <param name="damages">Packets are lost, so that there has to be a jump; otherwise nobody notices anything.</param>
    /// <param name="settings">In place of those of all.</param>
    public static async Task<SimulatedEngine> PlayThroughAsync(
        string name, Func<MidPlayScene, Task<DateTimeOffset>> strike, bool stopsArrive = true, bool damages = false,
        params (string, string)[] settings)
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Script);
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine, [.. Settings, .. settings]);
        Viewer[] viewers = await Task.WhenAll(Enumerable.Range(0, Viewers).Select(_ => Viewer.JoinAsync(proxy, $"infohash={content.Infohash}")));
        await EachAsync(viewers, viewer => viewer.UntilAsync(checker => checker.Packets > 200));
        var scene = new MidPlayScene(engine, content, proxy.Streams.All().Single());
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
            Assert.True(
                viewers[0].Checker.Marked > markedBefore == damages,
                $"round {round}: {viewers[0].Checker.Marked - markedBefore} discontinuities, {scene.Stream.Progress.Splices} splices in all");
        }

        recoveries.Sort();
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name}: {Rounds} recoveries, median {recoveries[Rounds / 2]:0} ms, worst {recoveries[^1]:0} ms, {engine.SessionsOpened} sessions, {scene.Stream.Progress.Splices} splices, {scene.Stream.Progress.Jumps} jumps"));
        Assert.All(viewers, viewer => Assert.Equal(0, viewer.Checker.Misaligned));

        // The packet that garbage broke into may have any counter, and when it was torn in its stamp, a number that seems to come before or after.
        Assert.All(viewers, viewer => Assert.InRange(viewer.Checker.CounterErrors, 0, damages ? Rounds : 0));
        Assert.All(viewers, viewer => Assert.InRange(viewer.Checker.Repeated, 0, damages ? Rounds : 0));
        if (!damages)
        {
            Assert.All(viewers, viewer => viewer.Checker.AssertGapless());
            Assert.Equal((true, 0), (scene.Stream.Progress.Splices >= Rounds, (int)scene.Stream.Progress.Jumps));
        }

        engine.AssertOneReaderAtATime();
        Assert.Equal(0, engine.Count(EngineEventKind.ReaderRefused));

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
}
