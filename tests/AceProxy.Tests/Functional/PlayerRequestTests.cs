using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.EngineSimulator.Observation;
using AceProxy.MpegTs;

namespace AceProxy.Tests.Functional;

/// <summary>What players send, byte for byte, and what they get.</summary>
public sealed class PlayerRequestTests : IAsyncLifetime
{
    private static readonly (string, string)[] ContractHeaders =
    [
        ("Accept-Ranges", "none"), ("Access-Control-Allow-Origin", "*"), ("Cache-Control", "no-store"), ("Content-Type", "video/mp2t"),
        ("X-Content-Type-Options", "nosniff"),
    ];

    private SimulatedEngine _engine = null!;
    private SimulatedContent _content = null!;
    private RunningProxy _proxy = null!;

    private string Path => $"/ace/getstream?id={_content.ContentId}";

    public async ValueTask InitializeAsync()
    {
        _engine = await SimulatedEngine.StartAsync();
        _content = _engine.Add(Contents.Stamped());
        _proxy = await RunningProxy.StartAsync(_engine, ("PROXY_GRACE_PERIOD", "0"));
    }

    public async ValueTask DisposeAsync()
    {
        await _proxy.SettledAsync(_engine);
        await _proxy.DisposeAsync();
        await _engine.DisposeAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("User-Agent: VLC/3.0.21 LibVLC/3.0.21\r\nRange: bytes=0-\r\n")]
    [InlineData("User-Agent: Lavf/60.16.100\r\nAccept: */*\r\nRange: bytes=0-\r\nConnection: close\r\nIcy-MetaData: 1\r\n")]
    [InlineData("Range: bytes=1000-2000\r\nIf-Range: \"x\"\r\n")]
    [InlineData("Range: bytes=-1\r\n")]
    [InlineData("Accept: video/mp4\r\nAccept-Encoding: gzip, br\r\n")]
    [InlineData("Expect: 100-continue\r\n")]
    [InlineData("Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n")]
    public async Task Get_Http11_HasExactlyTheContractsHeadersAndAChunkedBody(string headers)
    {
        (Wire wire, WireHead head) = await Wire.AskAsync(_proxy, $"GET {Path} HTTP/1.1\r\nHost: proxy\r\n{headers}\r\n");
        using (wire)
        {
            Assert.Equal("HTTP/1.1 200 OK", head.StatusLine);
            string[] more = headers.Contains("close", StringComparison.Ordinal) ? ["Connection", "Date"] : ["Date"];
            (string, string)[] expected = [.. ContractHeaders, ("Transfer-Encoding", "chunked")];
            Assert.Equal(expected.Order(), head.Headers.Where(header => !more.Contains(header.Name)).Order());
            Assert.All(more, name => Assert.NotNull(head[name]));
            byte[] chunk = (await wire.ReadChunkAsync())!;
            Assert.Equal(TsPacket.SyncByte, chunk[0]);
        }
    }

    [Fact]
    public async Task Get_Http10_IsNotChunked()
    {
        (Wire wire, WireHead head) = await Wire.AskAsync(_proxy, $"GET {Path} HTTP/1.0\r\n\r\n");
        using (wire)
        {
            Assert.Equal(200, head.Status);
            Assert.Null(head["Transfer-Encoding"]);
            Assert.Null(head["Content-Length"]);
            Assert.NotEqual("keep-alive", head["Connection"], StringComparer.OrdinalIgnoreCase);
            byte[] body = await wire.ReadExactlyAsync(100 * TsPacket.Size);
            Assert.All(body.Chunk(TsPacket.Size), packet => Assert.Equal(TsPacket.SyncByte, packet[0]));
        }
    }

    [Fact]
    public async Task Get_Http10ThatAsksToKeepTheConnection_IsStillDelimitedByItsEnd()
    {
        (Wire wire, WireHead head) = await Wire.AskAsync(_proxy, $"GET {Path} HTTP/1.0\r\nHost: proxy\r\nConnection: keep-alive\r\n\r\n");
        using (wire)
        {
            Assert.Equal(200, head.Status);
            Assert.Null(head["Transfer-Encoding"]);
            Assert.NotEqual("keep-alive", head["Connection"], StringComparer.OrdinalIgnoreCase);
            Assert.Equal(TsPacket.SyncByte, (await wire.ReadExactlyAsync(1))[0]);
        }
    }

    [Theory]
    [InlineData("HTTP/1.1")]
    [InlineData("HTTP/1.0")]
    public async Task Head_AnyVersion_HasTheContractsHeadersAndNoEngineIsAsked(string version)
    {
        (Wire wire, WireHead head) = await Wire.AskAsync(_proxy, $"HEAD {Path} {version}\r\nHost: proxy\r\nConnection: close\r\n\r\n");
        using (wire)
        {
            Assert.Equal(200, head.Status);
            string[] framing = ["Date", "Connection", "Transfer-Encoding"];
            Assert.Equal(ContractHeaders, head.Headers.Where(header => !framing.Contains(header.Name)).Order());
            Assert.Empty(await wire.ReadToEndAsync());
        }

        Assert.Equal((0, 0), (_engine.RequestCount, _engine.Count(EngineEventKind.ConnectionOpened)));
    }

    [Fact]
    public async Task Get_AbsoluteFormTarget_Is200()
    {
        (Wire wire, WireHead head) = await Wire.AskAsync(
            _proxy, $"GET http://127.66.66.66:9{Path} HTTP/1.1\r\nHost: 127.66.66.66:9\r\n\r\n");
        using (wire)
        {
            Assert.Equal(200, head.Status);
            Assert.NotNull(await wire.ReadChunkAsync());
        }
    }

    [Fact]
    public async Task Pipeline_TwoHeadsThenAGet_AreAnsweredInOrder()
    {
        string head = $"HEAD {Path} HTTP/1.1\r\nHost: proxy\r\n\r\n";
        using Wire wire = await Wire.ConnectAsync(_proxy.Address);
        await wire.SendAsync($"{head}{head}GET /healthz HTTP/1.1\r\nHost: proxy\r\n\r\nGET {Path} HTTP/1.1\r\nHost: proxy\r\n\r\n");

        Assert.Equal("video/mp2t", (await wire.ReadHeadAsync())["Content-Type"]);
        Assert.Equal("video/mp2t", (await wire.ReadHeadAsync())["Content-Type"]);
        WireHead health = await wire.ReadHeadAsync();
        Assert.Equal("ok\n"u8.ToArray(), await wire.ReadBodyAsync(health));
        Assert.Equal(200, (await wire.ReadHeadAsync()).Status);
        Assert.Equal(TsPacket.SyncByte, (await wire.ReadChunkAsync())![0]);
        Assert.Equal(1, _engine.SessionsOpened);
    }

    [Fact]
    public async Task Get_PipelinedBehindALiveBody_DoesNotDisturbIt()
    {
        string get = $"GET {Path} HTTP/1.1\r\nHost: proxy\r\n\r\n";
        (Wire wire, WireHead head) = await Wire.AskAsync(_proxy, get + get + get);
        using (wire)
        {
            Assert.Equal(200, head.Status);
            var checker = new StreamChecker();
            while (checker.Packets < 500)
            {
                checker.Add((await wire.ReadChunkAsync())!);
            }

            checker.AssertGapless();
        }

        Assert.Equal(1, _engine.SessionsOpened);
    }
}
