using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AceProxy.EngineSimulator.Broadcasting;
using AceProxy.EngineSimulator.Contents;
using AceProxy.EngineSimulator.Tests.Wire;

namespace AceProxy.EngineSimulator.Tests.Control;

public sealed class ControlServerTests : EngineTest
{
    private HttpClient? _client;

    protected override SimulatorOptions Options => new() { ControlPort = 0 };

    private HttpClient Http => _client ??= new HttpClient { BaseAddress = new Uri($"http://{Engine.ControlEndPoint}") };

    [Fact]
    public async Task Contents_AddUpdateRemove_ChangeTheEngine()
    {
        const string NewInfohash = "00000000000000000000000000000000000000e5";
        var added = await PostAsync("/contents", new { contentId = "00000000000000000000000000000000000000f6", infohash = NewInfohash, stamped = new { bitsPerSecond = 1_000_000, gopSeconds = 1 } });
        Assert.Equal(HttpStatusCode.OK, added.StatusCode);
        var content = Engine.Contents.Single(one => one.Infohash == NewInfohash);
        var broadcast = Assert.IsType<StampedBroadcast>(content.Script.Broadcast);

        await Http.PatchAsJsonAsync($"/contents/{NewInfohash}", new { playbackStatus = 404, framing = "Close", openDelay = "00:00:02", burst = "-00:00:05" }, TestContext.Current.CancellationToken);
        Assert.Equal((404, StreamFraming.Close, TimeSpan.FromSeconds(2)), (content.Script.PlaybackStatus, content.Script.Framing, content.Script.OpenDelay));
        Assert.Equal(TimeSpan.FromSeconds(-5), content.Script.Burst);
        Assert.Same(broadcast, content.Script.Broadcast);

        await Http.DeleteAsync(new Uri($"/contents/{NewInfohash}", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.DoesNotContain(Engine.Contents, one => one.Infohash == NewInfohash);
    }

    [Theory]
    [InlineData("""{"kind":"eof"}""", HttpStatusCode.OK)]
    [InlineData("""{"kind":"nonsense"}""", HttpStatusCode.BadRequest)]
    public async Task Faults_Kind_IsDoneOrRefused(string fault, HttpStatusCode status)
    {
        using var reader = await Client.WatchAsync(Engine);
        var reply = await PostAsync($"/contents/{DemoContent.Infohash}/faults", JsonNode.Parse(fault));
        Assert.Equal(status, reply.StatusCode);
        if (status == HttpStatusCode.OK)
            await reader.ReadToCleanEndAsync();
        else
            await reader.ReadChunkAsync();
    }

    [Fact]
    public async Task Observation_AfterAStart_ShowsItEverywhere()
    {
        var start = await Client.StartAsync(Engine, pid: "me");
        Assert.Equal(start.SessionId, (string?)(await GetAsync("/sessions"))![0]!["playbackSessionId"]);
        Assert.Equal(1, (int)(await GetAsync("/counters"))!["openSessionCount"]!);
        Assert.Equal("GET", (string?)(await GetAsync("/requests"))![0]!["method"]);
        Assert.Contains("SessionOpened", (await GetAsync("/events"))!.AsArray().Select(one => (string?)one!["kind"]));
        Assert.Equal(2, (await GetAsync("/contents"))!.AsArray().Count);
    }

    [Fact]
    public async Task Engine_Switches_AreThrown()
    {
        await PostAsync("/engine/refuse?on=true", null);
        await Assert.ThrowsAsync<System.Net.Sockets.SocketException>(() => RawConnection.OpenAsync(Engine));
        await PostAsync("/engine/refuse?on=false", null);
        await Client.StartAsync(Engine);
        await PostAsync("/engine/restart", null);
        Assert.Empty(Engine.Sessions);
        await Http.PutAsJsonAsync("/engine/service", new { version = "9.9" }, TestContext.Current.CancellationToken);
        Assert.Equal("9.9", Engine.Service.Version);
    }

    private Task<HttpResponseMessage> PostAsync(string path, object? body) => Http.PostAsJsonAsync(path, body, TestContext.Current.CancellationToken);

    private Task<JsonNode?> GetAsync(string path) => Http.GetFromJsonAsync<JsonNode>(path, TestContext.Current.CancellationToken);
}
