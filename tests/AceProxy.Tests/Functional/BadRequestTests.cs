using System.Text;
using System.Text.Json;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Tests.Telemetry;

namespace AceProxy.Tests.Functional;

/// <summary>Requests that name no content, or are none: refused with a reason before any engine hears of them.</summary>
public sealed class BadRequestTests
{
    private const string Id = "c000000000000000000000000000000000000001";

    public static TheoryData<string, string> MalformedQueries => new()
    {
        { "", "id" },
        { "?", "id" },
        { "?pid=1", "id" },
        { "?id", "id" },
        { "?id=", "id" },
        { "?id=" + Id[1..], "id" },
        { "?id=" + Id + "0", "id" },
        { "?id=g" + Id[1..], "id" },
        { "?id=%20" + Id[1..], "id" },
        { "?id=%00" + Id[1..], "id" },
        { "?id=" + Id[1..] + "%0a", "id" },
        { "?id=" + Id + "%0d%0aSet-Cookie:%20a=b", "id" },
        { "?id=%EF%BC%90" + Id[1..], "id" }, // a full-width digit
        { "?id=" + Id + "&id=" + Id, "id" },
        { "?id=" + Id + "&ID=" + Id, "id" },
        { "?id=" + Id + "&infohash=" + Id, "infohash" },
        { "?id=" + Id + "&content_id=" + Id, "content_id" },
        { "?infohash=acestream://" + Id, "infohash" },
        { "?infohash=../../../../etc/passwd", "infohash" },
        { "?id=" + Id + "&_idx=-1", "_idx" },
        { "?id=" + Id + "&_idx=x", "_idx" },
        { "?id=" + Id + "&_idx=1&_idx=2", "_idx" },
        { "?url=file:///etc/passwd", "url" },
        { "?url=http://user:word@127.66.66.66/a", "url" },
        { "?url=http://127.66.66.66/%0a", "url" },
        { "?url=/relative", "url" },
        { "?magnet=magnet:?dn=nothing", "magnet" },
        { "?magnet=" + new string('m', 5_000), "magnet" },
    };

    [Theory]
    [MemberData(nameof(MalformedQueries))]
    public async Task GetStream_MalformedQuery_Is400ThatNamesTheParameter(string query, string parameter)
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine);

        (Wire wire, WireHead head) = await Wire.AskAsync(proxy, $"GET /ace/getstream{query} HTTP/1.1\r\nHost: proxy\r\nConnection: close\r\n\r\n");
        using (wire)
        {
            Assert.Equal(400, head.Status);
            Assert.StartsWith("application/problem+json", head["Content-Type"], StringComparison.Ordinal);
            Assert.Null(head["Set-Cookie"]);
            Assert.Equal("no-store", head["Cache-Control"]);
            string body = Encoding.UTF8.GetString(await wire.ReadBodyAsync(head));
            using JsonDocument problem = JsonDocument.Parse(body);
            Assert.Equal(parameter, problem.RootElement.GetProperty("parameter").GetString());
            Assert.Contains($"'{parameter}'", problem.RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
        }

        Assert.Equal(0, engine.RequestCount);
        Assert.Empty(proxy.Streams.All());
    }

    [Theory]
    [InlineData("query of 64 KB", 414)]
    [InlineData("header of 64 KB", 431)]
    [InlineData("thousand headers", 431)]
    [InlineData("no Host", 400)]
    [InlineData("two Hosts", 400)]
    [InlineData("space before the colon", 400)]
    [InlineData("no request", 400)]
    [InlineData("TLS", 400)]
    [InlineData("HTTP/3.7", 505)]
    [InlineData("bare NUL", 400)]
    public async Task Request_NotFitToBeRead_IsRefusedByTheServer(string kind, int status)
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped());
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine, ("PROXY_GRACE_PERIOD", "0"));
        string start = $"GET /ace/getstream?id={content.ContentId}";

        (Wire wire, WireHead head) = await Wire.AskAsync(proxy, kind switch
        {
            "query of 64 KB" => $"{start}&pad={new string('x', 65_536)} HTTP/1.1\r\nHost: proxy\r\n\r\n",
            "header of 64 KB" => $"{start} HTTP/1.1\r\nHost: proxy\r\nX-Pad: {new string('x', 65_536)}\r\n\r\n",
            "thousand headers" => $"{start} HTTP/1.1\r\nHost: proxy\r\n{string.Concat(Enumerable.Range(0, 1_000).Select(at => $"X-{at}: 1\r\n"))}\r\n",
            "no Host" => $"{start} HTTP/1.1\r\n\r\n",
            "two Hosts" => $"{start} HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
            "space before the colon" => $"{start} HTTP/1.1\r\nHost : proxy\r\n\r\n",
            "no request" => "220 mail.example ESMTP\r\n\r\n",
            "TLS" => "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
            "HTTP/3.7" => $"{start} HTTP/3.7\r\nHost: proxy\r\n\r\n",
            _ => $"{start}\0 HTTP/1.1\r\nHost: proxy\r\n\r\n",
        });
        using (wire)
        {
            Assert.Equal(status, head.Status);
        }

        Assert.Equal(0, engine.RequestCount);
        string counted = $$"""aceproxy_server_refusals_total{status="{{(status == 505 ? "other" : status)}}"}""";
        await SafetyNet.EventuallyAsync(
            async () => (await Scrape.OfAsync(proxy.Client)).Samples[counted] == 1, () => "the refusal is not counted");
        using Viewer viewer = await Viewer.JoinAsync(proxy, $"id={content.ContentId}");
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/ace")]
    [InlineData("/ace/getstream/x")]
    [InlineData("/ace/../etc/passwd")]
    public async Task Request_UnknownPath_Is404Problem(string path)
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine);

        (Wire wire, WireHead head) = await Wire.AskAsync(proxy, $"GET {path} HTTP/1.1\r\nHost: proxy\r\nConnection: close\r\n\r\n");
        using (wire)
        {
            Assert.Equal(404, head.Status);
            Assert.StartsWith("application/problem+json", head["Content-Type"], StringComparison.Ordinal);
            using JsonDocument problem = JsonDocument.Parse(await wire.ReadBodyAsync(head));
            Assert.Equal(404, problem.RootElement.GetProperty("status").GetInt32());
        }
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("PATCH")]
    [InlineData("OPTIONS")]
    [InlineData("TRACE")]
    [InlineData("PLAY")]
    public async Task GetStream_AnotherMethod_Is405WithWhatIsAllowed(string method)
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine);

        (Wire wire, WireHead head) = await Wire.AskAsync(
            proxy, $"{method} /ace/getstream?id={Id} HTTP/1.1\r\nHost: proxy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        using (wire)
        {
            Assert.Equal(405, head.Status);
            Assert.Equal(["GET", "HEAD"], head["Allow"]!.Split(',', StringSplitOptions.TrimEntries).Order());
            Assert.StartsWith("application/problem+json", head["Content-Type"], StringComparison.Ordinal);
        }

        Assert.Equal(0, engine.RequestCount);
    }
}
