using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.EngineSimulator.Observation;

namespace AceProxy.Tests.Functional;

/// <summary>A connection that breaks, stalls or yields garbage in mid-play, ten times each.</summary>
public sealed class MidPlayFaultTests
{
    [Theory]
    [InlineData("reset")]
    [InlineData("end of body")]
    [InlineData("truncated body")]
    public Task Play_ConnectionBreaks_GoesOn(string name) => MidPlayScene.PlayThroughAsync(name, async scene =>
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
    public Task Play_Stalls_GoesOnOnAnotherConnection() => MidPlayScene.PlayThroughAsync("stall", async scene =>
    {
        int started = scene.Engine.Count(EngineEventKind.ReaderStarted);
        DateTimeOffset struck = DateTimeOffset.UtcNow;
        Assert.Equal(1, scene.Content.Fault(StreamFault.Silence));
        await scene.Engine.MoreAsync(EngineEventKind.ReaderStarted, started);
        return struck;
    }, settings: ("STALL_TIMEOUT", "0.5"));

    [Fact]
    public Task Play_GarbageTooMuchToWaitThrough_GoesOn() => MidPlayScene.PlayThroughAsync("garbage, 400 KB", async scene =>
    {
        int ended = scene.Engine.Count(EngineEventKind.ReaderEnded);
        Assert.Equal(1, scene.Content.Fault(StreamFault.Garbage(400_000)));
        await scene.Engine.MoreAsync(EngineEventKind.ReaderEnded, ended);
        return DateTimeOffset.UtcNow;
    }, damages: true);

    [Fact]
    public async Task Play_Garbage_GoesOnOnTheSameConnectionWithTheGapMarked()
    {
        SimulatedEngine engine = await MidPlayScene.PlayThroughAsync("garbage, 10 KB", scene =>
        {
            DateTimeOffset struck = DateTimeOffset.UtcNow;
            Assert.Equal(1, scene.Content.Fault(StreamFault.Garbage(10_000)));
            return Task.FromResult(struck);
        }, damages: true);
        Assert.Equal(1, engine.Count(EngineEventKind.ReaderStarted));
    }

    [Fact]
    public async Task Play_StallsForLessThanTheLimit_StaysOnTheSameConnectionAndLosesNothing()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(MidPlayScene.Script);
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine, [.. MidPlayScene.Settings, ("STALL_TIMEOUT", "10")]);
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
}
