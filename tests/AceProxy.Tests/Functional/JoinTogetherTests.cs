using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;

namespace AceProxy.Tests.Functional;

/// <summary>Viewers who are all let in by a stream's first data, in the same instant.</summary>
public sealed class JoinTogetherTests
{
    private const int Streams = 60;
    private const int ViewersOfEach = 4;

    [Fact]
    public async Task GetStream_ViewersOfAFreshStreamJoinAtOnce_AllAreSentWhatComesLater()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine, ("PROXY_GRACE_PERIOD", "0"));
        foreach (int[] batch in Enumerable.Range(1, Streams).Chunk(6))
        {
            await Task.WhenAll(batch.SelectMany(number =>
            {
                SimulatedContent content = engine.Add(Contents.Stamped(number, bitsPerSecond: 500_000, gopSeconds: 0.5) with
                {
                    OpenDelay = TimeSpan.FromMilliseconds(50), // all wait together
                });
                return Enumerable.Range(0, ViewersOfEach).Select(_ => WatchAsync(proxy, content));
            }));
        }

        await proxy.SettledAsync(engine);
        Assert.Equal(Streams, engine.SessionsOpened);
    }

    private static async Task WatchAsync(RunningProxy proxy, SimulatedContent content)
    {
        using Viewer viewer = await Viewer.JoinAsync(proxy, $"infohash={content.Infohash}");
        await viewer.UntilNewerThanAsync(DateTimeOffset.UtcNow);
        viewer.Checker.AssertGapless();
    }
}
