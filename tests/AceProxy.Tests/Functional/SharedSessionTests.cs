using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;

namespace AceProxy.Tests.Functional;

public sealed class SharedSessionTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task GetStream_200AtOnceHalfById_OpenOneSessionAndAllStreamsAreGapless()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped(bitsPerSecond: 2_000_000) with { OpenDelay = TimeSpan.FromMilliseconds(300) });
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine);

        StreamChecker[] checkers = await Task.WhenAll(Enumerable.Range(0, 200).Select(async number =>
        {
            string query = number % 2 == 0 ? $"id={content.ContentId}" : $"infohash={content.Infohash}";
            using HttpResponseMessage response = await proxy.GetAsync(query, Cancellation);
            response.EnsureSuccessStatusCode();
            var checker = new StreamChecker();
            using Stream body = await response.Content.ReadAsStreamAsync(Cancellation);
            Assert.True(await checker.ReadUntilAsync(body, seen => seen.Bytes > 1_000_000, Cancellation), "the stream ended");
            return checker;
        }));

        Assert.All(checkers, checker => checker.AssertGapless());
        Assert.All(checkers, checker => Assert.True(checker.BeganAtRandomAccess));
        Assert.Equal(1, engine.SessionsOpened);
    }
}
