using AceProxy.EngineSimulator.Contents;
using AceProxy.EngineSimulator.Tests.Wire;

namespace AceProxy.EngineSimulator.Tests.Api;

public sealed class ServiceTests : EngineTest
{
    public static TheoryData<string, string> Replies => new()
    {
        { "/webui/api/service?method=get_version", """{"result":{"code":3020300,"platform":"linux","version":"3.2.3","websocket_port":43879},"error":null}""" },
        { "/server/api?method=get_status", """{"result":{"playlist_loaded":true,"version":{"code":3020300,"platform":"linux","version":"3.2.3"}},"error":null}""" },
        { "/server/api?method=get_content_id", """{"result":null,"error":"access denied"}""" },
        { "/server/api?api_version=3&method=get_network_connection_status", """{"result":{"connected":true}}""" },
        { "/server/api?api_version=3&method=get_content_id", """{"error":{"code":0,"message":"missing details"}}""" },
        { "/server/api?api_version=3&method=get_content_id&infohash=0", """{"error":{"code":0,"message":"cannot get content id"}}""" },
        { "/server/api?api_version=3&method=get_content_id&infohash=" + DemoContent.Infohash, $$$"""{"result":{"content_id":"{{{DemoContent.ContentId}}}"}}""" },
        { "/server/api?api_version=3&method=get_media_files", """{"error":{"code":0,"message":"missing content descriptor"}}""" },
        { "/server/api?api_version=3&method=get_media_files&infohash=0", """{"error":{"code":0,"message":"cannot get transport file"}}""" },
        { "/server/api?api_version=3&method=analyze_content&query=x", """{"error":{"code":0,"message":"unknown protocol"}}""" },
        { "/server/api?api_version=3&method=nonsense", """{"error":{"code":0,"message":"access denied"}}""" },
    };

    [Theory]
    [MemberData(nameof(Replies))]
    public async Task Get_ServiceMethod_RepliesAsTheEngineDoes(string target, string reply) =>
        Assert.Equal(reply, await RawConnection.GetTextAsync(Engine, target));

    [Fact]
    public async Task GetMediaFiles_ContentId_ResolvesTheInfohashWithoutASession()
    {
        var reply = await Client.JsonAsync(Engine, "/server/api?api_version=3&method=get_media_files&content_id=" + DemoContent.ContentId);
        Assert.Equal(DemoContent.Infohash, (string?)reply["result"]!["infohash"]);
        Assert.Equal("live", (string?)reply["result"]!["type"]);
        Assert.Equal(0, Engine.SessionsOpened);
    }

    [Fact]
    public async Task AnalyzeContent_AceStreamAddress_DescribesIt()
    {
        var reply = await Client.JsonAsync(Engine, "/server/api?api_version=3&method=analyze_content&query=acestream%3A%3Finfohash%3D" + DemoContent.Infohash);
        Assert.Equal("AceProxy demo", (string?)reply["result"]!["title"]);
    }

    [Fact]
    public async Task GetApiAccessToken_Any_Is64HexDigits() =>
        Assert.Matches("^[0-9a-f]{64}$", (string?)(await Client.JsonAsync(Engine, "/server/api?api_version=3&method=get_api_access_token"))["result"]!["token"]);

    [Fact]
    public async Task Search_PartOfAName_FindsIt()
    {
        var reply = await Client.JsonAsync(Engine, "/search?query=demo");
        Assert.Equal(1, (int)reply["result"]!["total"]!);
        Assert.Equal(DemoContent.Infohash, (string?)reply["result"]!["results"]![0]!["items"]![0]!["infohash"]);
    }

    [Fact]
    public async Task Service_Scripted_SaysWhatItIsTold()
    {
        Engine.Service = Engine.Service with { Version = "3.1.75", Connected = false };
        Assert.Equal("""{"result":{"connected":false}}""", await RawConnection.GetTextAsync(Engine, "/server/api?api_version=3&method=get_network_connection_status"));
        Engine.Service = Engine.Service with { Defect = ReplyDefect.Html };
        Assert.StartsWith("<!DOCTYPE html>", await RawConnection.GetTextAsync(Engine, "/webui/api/service?method=get_version"), StringComparison.Ordinal);
    }
}
