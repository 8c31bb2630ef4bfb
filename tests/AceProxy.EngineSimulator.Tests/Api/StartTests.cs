using System.Text.Json.Nodes;
using AceProxy.EngineSimulator.Contents;
using AceProxy.EngineSimulator.Tests.Wire;

namespace AceProxy.EngineSimulator.Tests.Api;

public sealed class StartTests : EngineTest
{
    private const string ById = "/ace/getstream?format=json&id=" + DemoContent.ContentId;

    [Fact]
    public async Task GetStream_Json_NamesUrlsOnTheRequestsHost()
    {
        var response = (await Client.JsonAsync(Engine, ById + "&use_api_events=1"))["response"]!;

        var token = "f528764d624db129b32c21fbca0cb8d6"; // MD5 of 127.0.0.1: no pid
        Assert.Equal($"http://engine.test:6878/ace/r/{DemoContent.Infohash}/{token}", (string?)response["playback_url"]);
        Assert.Equal($"http://engine.test:6878/ace/stat/{DemoContent.Infohash}/{token}", (string?)response["stat_url"]);
        Assert.Equal($"http://engine.test:6878/ace/cmd/{DemoContent.Infohash}/{token}", (string?)response["command_url"]);
        Assert.Equal($"http://engine.test:6878/ace/event/{DemoContent.Infohash}/{token}", (string?)response["event_url"]);
        Assert.Equal(DemoContent.Infohash, (string?)response["infohash"]);
        Assert.Equal(Engine.Sessions.Single().PlaybackSessionId, (string?)response["playback_session_id"]);
        Assert.Equal(1, (int?)response["is_live"]);
    }

    [Fact]
    public async Task GetStream_Redirect_HasNoLengthAndClosesAFreshConnection()
    {
        var (connection, head) = await RawConnection.GetAsync(Engine, "/ace/getstream?id=" + DemoContent.ContentId);
        using var _ = connection;

        Assert.StartsWith("HTTP/1.1 302 Found\r\nServer: BaseHTTP/0.6 Python/3.8.16\r\n", head, StringComparison.Ordinal);
        Assert.DoesNotContain("Content-Length", head, StringComparison.Ordinal);
        Assert.Equal("Redirect to " + RawConnection.Header(head, "Location"), System.Text.Encoding.ASCII.GetString(await connection.ReadToEndAsync()));
    }

    [Theory]
    [InlineData("content_id=" + DemoContent.ContentId, DemoContent.Infohash)]
    [InlineData("id=" + DemoContent.ContentId + "&infohash=" + OtherInfohash, DemoContent.Infohash)]
    [InlineData("infohash=" + OtherInfohash + "&content_id=" + DemoContent.ContentId, DemoContent.Infohash)]
    [InlineData("infohash=" + OtherInfohash, OtherInfohash)]
    [InlineData("url=http%3A%2F%2Fexample.test%2Fother.torrent", OtherInfohash)]
    [InlineData("magnet=magnet%3A%3Fxt%3Durn%3Abtih%3A" + OtherInfohash + "%26dn%3Dx", OtherInfohash)]
    public async Task GetStream_Selector_FirstInTheEnginesOrderDecides(string selector, string infohash)
    {
        await Client.JsonAsync(Engine, "/ace/getstream?format=json&" + selector);
        Assert.Equal(infohash, Engine.Sessions.Single().Infohash);
    }

    [Theory]
    [InlineData("infohash=" + OtherId)]
    [InlineData("id=" + OtherInfohash + "&infohash=" + OtherInfohash)]
    [InlineData("id=nonsense")]
    public async Task GetStream_UnknownContent_FailsWithStatus200AndOpensNothing(string selector)
    {
        var reply = await Client.JsonAsync(Engine, "/ace/getstream?format=json&" + selector);
        Assert.Null(reply["response"]);
        Assert.Equal("failed to load content", (string?)reply["error"]);
        Assert.Equal(0, Engine.SessionsOpened);
    }

    [Theory]
    [InlineData("/ace/getstream")]
    [InlineData("/ace/getstream?id=nonsense")]
    [InlineData("/nothing/here")]
    [InlineData("http://127.0.0.1/ace/getstream?id=" + DemoContent.ContentId)]
    public async Task Get_NothingThere_Is500With45Bytes(string target)
    {
        var (connection, head) = await RawConnection.GetAsync(Engine, target);
        using var _ = connection;
        Assert.StartsWith("HTTP/1.1 500 ", head, StringComparison.Ordinal);
        Assert.Equal("text/plain", RawConnection.Header(head, "Content-Type"));
        Assert.Equal(45, RawConnection.ContentLength(head));
    }

    [Fact]
    public async Task GetStream_StartError_ComesWithExtraData()
    {
        Demo.Update(script => script with { StartError = "missing option", StartErrorExtraData = """{"reason":"missing_option","option":"proxyServer"}""" });
        var reply = await Client.JsonAsync(Engine, ById);
        Assert.Equal("missing option", (string?)reply["error"]);
        Assert.Equal("proxyServer", (string?)reply["extra_data"]!["option"]);
        Assert.Equal(0, Engine.SessionsOpened);
    }

    [Fact]
    public async Task GetStream_StartErrorAsPlain500_IsNoJson()
    {
        Demo.Update(script => script with { StartErrorAsPlain500 = true });
        Assert.Equal("Internal Server Error, couldn't find resource", await RawConnection.GetTextAsync(Engine, ById));
    }

    [Fact]
    public async Task GetStream_ForeignHost_IsInEveryUrl()
    {
        Demo.Update(script => script with { ForeignHost = ContentScript.DefaultForeignHost });
        var start = await Client.StartAsync(Engine);
        var (connection, head) = await RawConnection.GetAsync(Engine, Client.PathOf(start.PlaybackUrl));
        connection.Dispose();
        Assert.All([start.PlaybackUrl, start.StatUrl, start.CommandUrl, RawConnection.Header(head, "Location")], url => Assert.Equal("127.66.66.66:9", new Uri(url).Authority));
    }

    [Theory]
    [InlineData(ReplyDefect.Html, "<!DOCTYPE html>")]
    [InlineData(ReplyDefect.InternalError, "Internal Server Error")]
    [InlineData(ReplyDefect.MissingFields, """{"response":{},"error":null}""")]
    [InlineData(ReplyDefect.WrongTypes, """{"response":{"playback_url":7,""")]
    public async Task GetStream_Defect_SpoilsTheReply(ReplyDefect defect, string beginning)
    {
        Demo.Update(script => script with { StartDefect = defect });
        Assert.StartsWith(beginning, await RawConnection.GetTextAsync(Engine, ById), StringComparison.Ordinal);
        Assert.Equal(1, Engine.OpenSessionCount);
    }

    [Fact]
    public async Task GetStream_TruncatedJson_DoesNotParse()
    {
        Demo.Update(script => script with { StartDefect = ReplyDefect.TruncatedJson });
        var text = await RawConnection.GetTextAsync(Engine, ById);
        Assert.StartsWith("{\"response\":{", text, StringComparison.Ordinal);
        Assert.ThrowsAny<System.Text.Json.JsonException>(() => JsonNode.Parse(text));
    }

    [Fact]
    public async Task GetStream_HugeReply_IsAnnouncedAndKeepsComing()
    {
        Demo.Update(script => script with { StartDefect = ReplyDefect.Huge });
        var (connection, head) = await RawConnection.GetAsync(Engine, ById);
        using var _ = connection;
        Assert.True(RawConnection.ContentLength(head) > 64 * 1024 * 1024);
        await connection.ReadAsync(1_000_000);
    }

    [Fact]
    public async Task GetStream_NeverAnswers_LeavesASessionWhenTheClientGivesUp()
    {
        Demo.Update(script => script with { StartDefect = ReplyDefect.NeverAnswers });
        using (var connection = await RawConnection.OpenAsync(Engine))
        {
            await connection.RequestAsync("GET", ById);
            await UntilAsync(engine => engine.OpenSessionCount == 1);
            Assert.True(connection.HasNothingToRead);
        }
        await UntilAsync(engine => engine.ConnectionCount == 0);
        Assert.Equal(1, Engine.OpenSessionCount);
    }

    [Fact]
    public async Task GetStream_IsLiveOverridden_SaysSo()
    {
        Demo.Update(script => script with { IsLive = -1, IsEncrypted = true });
        var response = (await Client.JsonAsync(Engine, ById))["response"]!;
        Assert.Equal((-1, 1), ((int)response["is_live"]!, (int)response["is_encrypted"]!));
    }
}
