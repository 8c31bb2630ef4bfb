using System.Net.Http.Json;
using System.Text.Json;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Tests.Functional;

namespace AceProxy.Tests.Access;

/// <summary>Who is let in to streams, with tokens made as operators make them.</summary>
public sealed class PlayerAccessTests : IAsyncLifetime
{
    private const string ViewerKey = "viewer-key-of-the-house";

    private SimulatedEngine _engine = null!;
    private SimulatedContent _content = null!;
    private SimulatedContent _other = null!;
    private RunningProxy _proxy = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _engine = await SimulatedEngine.StartAsync();
        _content = _engine.Add(Contents.Stamped(1));
        _other = _engine.Add(Contents.Stamped(2));
        _proxy = await RunningProxy.StartAsync(
            _engine, Asking.Trusting, ("API_KEY", Asking.ApiKey), ("STREAM_TOKENS", "required"), ("STREAM_TOKEN_KEYS", Asking.SigningKeys),
            ("VIEWER_KEY", ViewerKey), ("PROXY_GRACE_PERIOD", "0"));
    }

    public async ValueTask DisposeAsync()
    {
        await _proxy.SettledAsync(_engine);
        await _proxy.DisposeAsync();
        await _engine.DisposeAsync();
    }

    [Fact]
    public async Task GetStream_TokenOfTheApi_PlaysItsContentAndNoOther()
    {
        string token = await TokenAsync(new { id = _content.ContentId, ttl = 600 });

        Assert.Equal(200, await StatusAsync($"id={_content.ContentId}&token={token}"));
        Assert.Equal(200, await StatusAsync($"content_id={_content.ContentId.ToUpperInvariant()}&token={token}"));
        Assert.Equal(200, await StatusAsync($"id={_content.ContentId}", ("Authorization", $"Bearer {token}")));
        Assert.Equal(200, await StatusAsync($"id={_content.ContentId}&token={token}", method: "HEAD"));
        Assert.Equal(401, await StatusAsync($"id={_content.ContentId}"));
        Assert.Equal(401, await StatusAsync($"id={_content.ContentId}", method: "HEAD"));
        Assert.Equal(401, await StatusAsync($"id={_content.ContentId}&token="));
        Assert.Equal(401, await StatusAsync($"id={_other.ContentId}&token={token}"));
        Assert.Equal(401, await StatusAsync($"infohash={_other.Infohash}&token={token}"));
        Assert.Equal(401, await StatusAsync($"infohash={_content.Infohash}&token={token}")); // it names the id, and nobody was asked what that is
        Assert.Equal(401, await StatusAsync($"id={_content.ContentId}&_idx=1&token={token}"));
        Assert.Equal(401, await StatusAsync($"id={_content.ContentId}&token={token}&token={token}"));
        Assert.Equal(401, await StatusAsync($"id={_content.ContentId}&ticket={token}"));
    }

    [Fact]
    public async Task GetStream_TokenForAnAddress_PlaysThereOnly()
    {
        string token = await TokenAsync(new { infohash = _content.Infohash, ttl = 600, address = Asking.Foreign });

        Assert.Equal(200, await StatusAsync($"infohash={_content.Infohash}&token={token}"));
        Assert.Equal(401, await Asking.StatusAsync(_proxy, $"/ace/getstream?infohash={_content.Infohash}&token={token}", from: "203.0.113.8"));
    }

    [Fact]
    public async Task GetStream_ViewerKey_PlaysEverything()
    {
        Assert.Equal(200, await StatusAsync($"id={_content.ContentId}&token={ViewerKey}"));
        Assert.Equal(200, await StatusAsync($"infohash={_other.Infohash}&token={ViewerKey}"));
        Assert.Equal(401, await StatusAsync($"id={_content.ContentId}&token={ViewerKey}x"));
        Assert.Equal(400, await StatusAsync($"id=nonsense&token={ViewerKey}"));
        Assert.Equal(401, await StatusAsync("id=nonsense"));
        Assert.Equal(401, await Asking.StatusAsync(_proxy, "/api/streams", headers: ("X-Api-Key", ViewerKey)));
        Assert.Equal(401, await StatusAsync($"id={_content.ContentId}", ("X-Api-Key", Asking.ApiKey))); // operators' keys are not players'
    }

    [Fact]
    public async Task GetStream_RefusedForItsToken_SaysWhyAndAsksNoEngine()
    {
        using HttpResponseMessage response = await Asking.SendAsync(_proxy, $"/ace/getstream?id={_content.ContentId}&token=a.1.-.x");
        using JsonDocument problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancellation));

        Assert.Equal(401, (int)response.StatusCode);
        Assert.Equal("token", problem.RootElement.GetProperty("parameter").GetString());
        Assert.DoesNotContain("a.1.-.x", problem.RootElement.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, _engine.RequestCount);
    }

    [Theory]
    [InlineData("{}", "id")]
    [InlineData("""{"id": "nonsense"}""", "id")]
    [InlineData("""{"id": 5}""", "id")]
    [InlineData("""{"infohash": "1f00000000000000000000000000000000000001", "ttl": 0}""", "ttl")]
    [InlineData("""{"infohash": "1f00000000000000000000000000000000000001", "ttl": 2678401}""", "ttl")]
    [InlineData("""{"infohash": "1f00000000000000000000000000000000000001", "ttl": "soon"}""", "ttl")]
    [InlineData("""{"infohash": "1f00000000000000000000000000000000000001", "address": "localhost"}""", "address")]
    [InlineData("""{"infohash": "1f00000000000000000000000000000000000001", "id": "1f00000000000000000000000000000000000001"}""", "infohash")]
    [InlineData("""{"infohash": "1f00000000000000000000000000000000000001", "adress": "127.0.0.1"}""", "adress")]
    [InlineData("[]", "body")]
    [InlineData("nonsense", "body")]
    public async Task PostTokens_WhatCannotBeUsed_Is400ThatNamesTheField(string body, string parameter)
    {
        using HttpResponseMessage response = await PostAsync(_proxy, new StringContent(body, System.Text.Encoding.UTF8, "application/json"));
        using JsonDocument problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancellation));

        Assert.Equal(400, (int)response.StatusCode);
        Assert.Equal(parameter, problem.RootElement.GetProperty("parameter").GetString());
    }

    [Fact]
    public async Task PostTokens_Made_TellsWhatItIsForAndLeadsThere()
    {
        using HttpResponseMessage response = await PostAsync(_proxy, JsonContent.Create(new { content_id = _content.ContentId.ToUpperInvariant(), ttl = 60 }));
        using JsonDocument issued = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancellation));

        Assert.Equal(_content.ContentId, issued.RootElement.GetProperty("content").GetString());
        Assert.InRange(issued.RootElement.GetProperty("expires_at").GetDateTimeOffset() - DateTimeOffset.UtcNow, TimeSpan.Zero, TimeSpan.FromSeconds(60));
        Assert.Equal(200, await Asking.StatusAsync(_proxy, issued.RootElement.GetProperty("path").GetString()!));
    }

    [Fact]
    public async Task PostTokens_NothingToSignWith_Is409ThatNamesTheSetting()
    {
        await using RunningProxy proxy = await RunningProxy.StartAsync(("ENGINES", "none"), ("API_KEY", Asking.ApiKey));

        using HttpResponseMessage response = await PostAsync(proxy, JsonContent.Create(new { id = _content.ContentId }));

        Assert.Equal(409, (int)response.StatusCode);
        Assert.Contains("STREAM_TOKEN_KEYS", await response.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ALLOW_URL", "url=http://127.66.66.66/x.torrent", "url")]
    [InlineData("ALLOW_MAGNET", "magnet=magnet:?xt=urn:btih:1f00000000000000000000000000000000000001", "magnet")]
    public async Task GetStream_SelectorTurnedOff_Is403AndNoEngineHearsOfIt(string setting, string query, string parameter)
    {
        await using RunningProxy proxy = await RunningProxy.StartAsync(_engine, (setting, "off"));

        using HttpResponseMessage response = await proxy.GetAsync(query, Cancellation);
        using JsonDocument problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancellation));

        Assert.Equal(403, (int)response.StatusCode);
        Assert.Equal(parameter, problem.RootElement.GetProperty("parameter").GetString());
        Assert.Equal(0, _engine.RequestCount);
        using Viewer viewer = await Viewer.JoinAsync(proxy, $"id={_content.ContentId}");
    }

    private static async Task<HttpResponseMessage> PostAsync(RunningProxy proxy, HttpContent content)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/tokens") { Content = content };
        request.Headers.Add("X-Api-Key", Asking.ApiKey);
        return await proxy.Client.SendAsync(request, Cancellation);
    }

    private Task<int> StatusAsync(string query, (string, string)? header = null, string method = "GET") =>
        Asking.StatusAsync(_proxy, $"/ace/getstream?{query}", method: method, headers: header is { } one ? [one] : []);

    private async Task<string> TokenAsync(object body)
    {
        using HttpResponseMessage response = await PostAsync(_proxy, JsonContent.Create(body));
        using JsonDocument issued = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancellation));
        return issued.RootElement.GetProperty("token").GetString()!;
    }
}
