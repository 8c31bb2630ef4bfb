using System.Net.Sockets;
using AceProxy.EngineSimulator.Contents;
using AceProxy.EngineSimulator.Tests.Wire;

namespace AceProxy.EngineSimulator.Tests.Api;

public sealed class ConnectionTests : EngineTest
{
    private const string Version = "/webui/api/service?method=get_version";
    private const string Start = "/ace/getstream?id=" + DemoContent.ContentId;

    [Fact]
    public async Task Get_200_StaysOpenThoughAskedToClose()
    {
        var (connection, head) = await RawConnection.GetAsync(Engine, Version, "Connection: close\r\n");
        using var _ = connection;
        await connection.ReadAsync(RawConnection.ContentLength(head));
        await connection.RequestAsync("GET", Version);
        Assert.StartsWith("HTTP/1.1 200", await connection.ReadHeadAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("Connection: close\r\n", true)]
    public async Task Get_302OnAUsedConnection_IsLeftOpenUnlessAskedToClose(string headers, bool closed)
    {
        var (connection, head) = await RawConnection.GetAsync(Engine, Version);
        using var _ = connection;
        await connection.ReadAsync(RawConnection.ContentLength(head));
        await connection.RequestAsync("GET", Start, headers);
        var redirect = await connection.ReadHeadAsync();
        await connection.ReadAsync(("Redirect to " + RawConnection.Header(redirect, "Location")).Length);
        if (closed)
        {
            Assert.Empty(await connection.ReadToEndAsync());
            return;
        }
        await connection.RequestAsync("GET", Version);
        Assert.StartsWith("HTTP/1.1 200", await connection.ReadHeadAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HEAD")]
    [InlineData("OPTIONS")]
    [InlineData("PUT")]
    public async Task Request_OtherMethod_Is501WithoutABody(string method)
    {
        using var connection = await RawConnection.OpenAsync(Engine);
        await connection.RequestAsync(method, Version);
        var head = await connection.ReadHeadAsync();
        Assert.StartsWith("HTTP/1.1 501", head, StringComparison.Ordinal);
        Assert.DoesNotContain("Content-Length", head, StringComparison.Ordinal);
        Assert.Empty(await connection.ReadToEndAsync());
    }

    [Fact]
    public async Task Request_Post_IsAnsweredAsHttp10()
    {
        using var connection = await RawConnection.OpenAsync(Engine);
        await connection.RequestAsync("POST", Version, "Content-Length: 0\r\n");
        Assert.StartsWith("HTTP/1.0 200", await connection.ReadHeadAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_Any_AreLoggedWithHeadersAndConnection()
    {
        await RawConnection.GetTextAsync(Engine, Version, "User-Agent: VLC/3.0.20\r\n");
        var request = Engine.Requests.Single();
        Assert.Equal(("GET", Version, "VLC/3.0.20", 1L), (request.Method, request.Target, request.Headers["user-agent"], request.ConnectionId));
    }

    [Fact]
    public async Task Refuse_OnAndOff_RefusesAndComesBackOnItsPort()
    {
        using var reader = await Client.WatchAsync(Engine);
        Engine.Refuse(true);
        var refused = await Assert.ThrowsAsync<SocketException>(() => RawConnection.OpenAsync(Engine));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
        await reader.ReadChunkAsync();
        Engine.Refuse(false);
        await RawConnection.GetTextAsync(Engine, Version);
    }

    [Theory]
    [InlineData(Version)]
    [InlineData(Start)]
    public async Task Hang_NewRequests_AreReadAndNeverAnswered(string target)
    {
        using var reader = await Client.WatchAsync(Engine, infohash: OtherInfohash);
        Engine.Hang(true);
        using var connection = await RawConnection.OpenAsync(Engine);
        await connection.RequestAsync("GET", target);
        await UntilAsync(engine => engine.Requests[^1].Target == target);
        await reader.ReadChunkAsync();
        Assert.True(connection.HasNothingToRead);
        Engine.Hang(false);
        await RawConnection.GetTextAsync(Engine, Version);
    }

    [Fact]
    public async Task WaitUntil_NeverHolds_TimesOutWithTheState()
    {
        await Client.StartAsync(Engine, pid: "somebody");
        var late = await Assert.ThrowsAsync<TimeoutException>(() =>
            Engine.WaitUntilAsync(engine => engine.ReaderCount > 0, TimeSpan.FromMilliseconds(1), TestContext.Current.CancellationToken));
        Assert.Contains("Pid = somebody", late.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Add_IdsTaken_AreRefused() => Assert.Throws<ArgumentException>(() => Engine.Add(DemoContent.Script));

    [Fact]
    public async Task Remove_Content_IsUnknownFromThenOn()
    {
        Assert.True(Engine.Remove(Demo));
        Assert.Equal("failed to load content", (string?)(await Client.JsonAsync(Engine, Start + "&format=json"))["error"]);
    }
}
