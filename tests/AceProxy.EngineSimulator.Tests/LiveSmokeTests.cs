using AceProxy.EngineSimulator.Contents;

namespace AceProxy.EngineSimulator.Tests;

public sealed class LiveSmokeTests
{
    [Fact]
    public async Task GetStream_JsonStart_PlaysChunkedTransportStream()
    {
        await using var engine = await SimulatedEngine.StartAsync();
        engine.Add(DemoContent.Script);
        using var client = new HttpClient { BaseAddress = engine.Address };

        using var response = await client.GetAsync($"/ace/getstream?id={DemoContent.ContentId}", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        await using var body = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        var bytes = new byte[100_000];
        await body.ReadExactlyAsync(bytes, TestContext.Current.CancellationToken);

        Assert.Equal("video/mp2t", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(1, engine.ReaderCount);
        var sync = Enumerable.Range(0, 188).Single(at => Enumerable.Range(0, 500).All(i => bytes[at + i * 188] == 0x47));
        Assert.NotEqual(0, sync);
    }
}
