using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Tests.Functional;

namespace AceProxy.Tests.Telemetry;

public sealed class LabelBoundTests
{
    /// <summary>Asked for at once: what a test may do to a small machine.</summary>
    private const int AtOnce = 25;

    [Fact]
    public async Task Metrics_After1000Contents_HaveTheSameSeriesAsAfterTheFirst()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine, ("PROXY_GRACE_PERIOD", "0"));
        int content = 0;
        await PlayAsync();
        await RefuseAsync();
        await proxy.SettledAsync();
        string[] before = await SeriesAsync();

        while (content < 1000)
        {
            await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(number => number == 0 ? PlayAsync() : RefuseAsync()));
        }

        await proxy.SettledAsync();
        string[] after = await SeriesAsync();
        Assert.Empty(after.Except(before));
        Assert.InRange(before.Length, 50, 500);
        Assert.Contains(after, series => series.StartsWith("aceproxy_client_joins_total{", StringComparison.Ordinal));

        async Task PlayAsync()
        {
            SimulatedContent playing = engine.Add(Contents.Stamped(Interlocked.Increment(ref content)));
            using Viewer viewer = await Viewer.JoinAsync(proxy, $"id={playing.ContentId}");
            await viewer.UntilAsync(checker => checker.Packets > 100);
        }

        async Task RefuseAsync()
        {
            ContentScript script = Contents.Stamped(Interlocked.Increment(ref content)) with { StartError = "failed to load content" };
            using HttpResponseMessage response = await proxy.GetAsync($"infohash={engine.Add(script).Infohash}", TestContext.Current.CancellationToken);
            Assert.Equal(System.Net.HttpStatusCode.NotFound, response.StatusCode);
        }

        // Without histograms that only a machine that stands still adds to, or only a client that stays for a second.
        async Task<string[]> SeriesAsync() =>
        [
            .. (await Scrape.OfAsync(proxy.Client)).Samples.Keys.Where(sample =>
                sample.StartsWith("aceproxy_", StringComparison.Ordinal)
                && !sample.StartsWith("aceproxy_upstream_resumption_duration", StringComparison.Ordinal)
                && !sample.StartsWith("aceproxy_upstream_jump_distance", StringComparison.Ordinal)
                && !sample.StartsWith("aceproxy_send_lateness", StringComparison.Ordinal)
                && !sample.StartsWith("aceproxy_client_lag", StringComparison.Ordinal)),
        ];
    }

    [Fact]
    public async Task Metrics_PerStream_AreOnlyThereWhenAskedFor()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped());
        await using RunningProxy usual = await RunningProxy.StartAsync(engine);
        await using RunningProxy each = await RunningProxy.StartAsync(engine, ("METRICS_PER_STREAM", "on"));
        using Viewer one = await Viewer.JoinAsync(usual, $"infohash={content.Infohash}");
        Assert.DoesNotContain(content.Infohash, (await Scrape.OfAsync(usual.Client)).Text, StringComparison.OrdinalIgnoreCase);
        one.Dispose();

        using Viewer other = await Viewer.JoinAsync(each, $"infohash={content.Infohash}");
        Assert.Equal(1, (await Scrape.OfAsync(each.Client)).Samples[$$"""aceproxy_content_clients{content="{{content.Infohash}}"}"""]);
    }
}
