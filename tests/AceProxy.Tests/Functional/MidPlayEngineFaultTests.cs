using AceProxy.EngineSimulator.Contents;
using AceProxy.EngineSimulator.Observation;

namespace AceProxy.Tests.Functional;

/// <summary>An engine that refuses, forgets or is away in mid-play, ten times each.</summary>
public sealed class MidPlayEngineFaultTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(500)]
    [InlineData(403)]
    [InlineData(404)]
    public Task Play_PlaybackRefusedForAWhile_GoesOn(int status) => MidPlayScene.PlayThroughAsync($"playback answers {status}", async scene =>
    {
        scene.Content.Update(script => script with { PlaybackStatus = status });
        int playbacks = scene.Engine.RequestsTo("/content/");
        await scene.BreakAsync(StreamFault.Reset);
        await scene.Engine.WaitUntilAsync(engine => engine.RequestsTo("/content/") >= playbacks + 2, SafetyNet.Limit, Cancellation);
        scene.Content.Update(script => script with { PlaybackStatus = null });
        return DateTimeOffset.UtcNow;
    });

    [Fact]
    public Task Play_EngineRestarts_GoesOnWithANewSession() => MidPlayScene.PlayThroughAsync("engine restart", async scene =>
    {
        int ended = scene.Engine.Count(EngineEventKind.ReaderEnded);
        scene.Engine.Restart();
        await scene.Engine.MoreAsync(EngineEventKind.ReaderEnded, ended);
        return DateTimeOffset.UtcNow;
    });

    [Fact]
    public Task Play_EngineRefusesForAWhile_GoesOn() => MidPlayScene.PlayThroughAsync(
        "engine refuses",
        async scene =>
        {
            long interruptions = scene.Stream.Progress.Reconnections;
            scene.Engine.Refuse(true);
            await scene.BreakAsync(StreamFault.Reset);
            await SafetyNet.EventuallyAsync(
                () => scene.Stream.Progress.Reconnections >= interruptions + 3, () => "the engine was not tried again");
            Assert.NotNull(scene.Stream.Progress.Session); // an operator is still told which engine it was
            scene.Engine.Refuse(false);
            return DateTimeOffset.UtcNow;
        },
        stopsArrive: false);
}
