using AceProxy.EngineSimulator.Contents;
using AceProxy.EngineSimulator.Observation;
using AceProxy.EngineSimulator.Sessions;
using AceProxy.EngineSimulator.Tests.Wire;

namespace AceProxy.EngineSimulator.Tests.Sessions;

public sealed class SessionRuleTests : EngineTest
{
    private const string UnknownSession = "unknown playback session id";

    [Fact]
    public async Task Start_SamePlayerTwice_KeepsTheTokenAndChangesTheSession()
    {
        var first = await Client.StartAsync(Engine, pid: "one");
        var second = await Client.StartAsync(Engine, pid: "one");
        Assert.Equal(first.PlaybackUrl, second.PlaybackUrl);
        Assert.NotEqual(first.SessionId, second.SessionId);
        Assert.Equal((1, 2L), (Engine.OpenSessionCount, Engine.SessionsOpened));
    }

    [Fact]
    public async Task Start_SecondSessionOfOneInfohash_CutsTheFirstReader()
    {
        using var reader = await Client.WatchAsync(Engine, pid: "one");
        await Client.StartAsync(Engine, pid: "two");
        await Assert.ThrowsAsync<EndOfStreamException>(reader.ReadToCleanEndAsync);
        await UntilAsync(engine => engine.ReaderCount == 0);
        Assert.Equal([SessionState.Superseded, SessionState.Open], Engine.Sessions.Select(session => session.State));
    }

    [Fact]
    public async Task Start_SecondSessionOfOneInfohash_Turns403TheFirstPlaylist()
    {
        var first = await Client.StartAsync(Engine, pid: "one", hls: true);
        var second = await Client.StartAsync(Engine, pid: "two", hls: true);
        Assert.Equal(["403", "200"], [await StatusAsync(first.PlaybackUrl), await StatusAsync(second.PlaybackUrl)]);
        Assert.Equal(UnknownSession, (string?)(await Client.JsonAsync(Engine, Client.PathOf(first.StatUrl)))["error"]);
    }

    [Fact]
    public async Task Start_SharedSession_StoppingEitherEndsBoth()
    {
        Demo.Update(script => script with { SecondSession = SecondSessionRule.Shared });
        using var reader = await Client.WatchAsync(Engine, pid: "one");
        var second = await Client.StartAsync(Engine, pid: "two");
        Assert.Equal(Engine.Sessions.Single().PlaybackSessionId, second.SessionId);
        await StopAsync(second);
        await reader.ReadToCleanEndAsync();
        Assert.Equal(0, Engine.OpenSessionCount);
    }

    [Fact]
    public async Task Start_SamePlayerOtherContent_StopsTheOld()
    {
        using var reader = await Client.WatchAsync(Engine);
        await Client.StartAsync(Engine, infohash: OtherInfohash);
        await reader.ReadToCleanEndAsync();
        Assert.Equal([SessionState.Stopped, SessionState.Open], Engine.Sessions.Select(session => session.State));
    }

    [Fact]
    public async Task Start_OtherPlayerOtherContent_LeavesTheOldAlone()
    {
        using var reader = await Client.WatchAsync(Engine, pid: "one");
        await Client.StartAsync(Engine, pid: "two", infohash: OtherInfohash);
        await reader.ReadChunkAsync();
        Assert.Equal(2, Engine.OpenSessionCount);
    }

    [Fact]
    public async Task Start_StalePid_GivesTheRestOfTheBufferAndEnds()
    {
        Demo.Update(script => script with { StalePidBuffer = TimeSpan.FromSeconds(2) });
        (await Client.WatchAsync(Engine, pid: "one")).Dispose();
        var (reader, _) = await Client.PlayAsync(Engine, await Client.StartAsync(Engine, pid: "one"));
        using var __ = reader;
        Assert.InRange((await reader.ReadToCleanEndAsync()).Length, 30_000, 400_000);
    }

    [Fact]
    public async Task Stop_OpenSession_EndsTheStreamAndMakesItUnknown()
    {
        var start = await Client.StartAsync(Engine);
        var (reader, _) = await Client.PlayAsync(Engine, start);
        using var __ = reader;
        await reader.ReadChunkAsync();
        Assert.Equal("ok", (string?)(await StopAsync(start))["response"]);
        await reader.ReadToCleanEndAsync();
        Assert.Equal(UnknownSession, (string?)(await StopAsync(start))["error"]);
        Assert.Equal(UnknownSession, (string?)(await Client.JsonAsync(Engine, Client.PathOf(start.StatUrl)))["error"]);
        Assert.Equal("500", await StatusAsync(start.PlaybackUrl));
        Assert.Equal(2, Engine.Sessions.Single().StopCount);
    }

    [Fact]
    public async Task Stop_SessionWithPlaylist_TurnsItInto500()
    {
        var start = await Client.StartAsync(Engine, hls: true);
        await StopAsync(start);
        Assert.Equal("500", await StatusAsync(start.PlaybackUrl));
    }

    [Fact]
    public async Task Stop_Failing_LeavesTheSessionOpen()
    {
        Demo.Update(script => script with { StopError = "not now" });
        var reply = await StopAsync(await Client.StartAsync(Engine));
        Assert.Equal("not now", (string?)reply["error"]);
        Assert.Equal((1, 1), (Engine.OpenSessionCount, Engine.Sessions.Single().StopCount));
    }

    [Fact]
    public async Task Stop_NeverAnswering_HoldsTheCallerUntilItGivesUp()
    {
        Demo.Update(script => script with { StopDefect = ReplyDefect.NeverAnswers });
        var start = await Client.StartAsync(Engine);
        using (var connection = await RawConnection.OpenAsync(Engine))
        {
            await connection.RequestAsync("GET", Client.PathOf(start.CommandUrl) + "?method=stop");
            await UntilAsync(engine => engine.Sessions.Single().StopCount == 1);
            Assert.True(connection.HasNothingToRead);
        }
        await UntilAsync(engine => engine.ConnectionCount == 0);
    }

    [Fact]
    public async Task Event_SessionStopped_AnswersTheLongPoll()
    {
        var start = await Client.StartAsync(Engine);
        var poll = Client.JsonAsync(Engine, Client.PathOf(start.StatUrl).Replace("/stat/", "/event/", StringComparison.Ordinal));
        await UntilAsync(engine => engine.Events.Any(change => change.Kind == EngineEventKind.EventAwaited));
        await StopAsync(start);
        Assert.Equal("download_stopped", (string?)(await poll)["response"]!["name"]);
    }

    [Fact]
    public async Task Restart_OpenSessions_AreLostAndReadersReset()
    {
        using var reader = await Client.WatchAsync(Engine);
        Engine.Restart();
        await Assert.ThrowsAsync<System.Net.Sockets.SocketException>(reader.ReadToEndAsync);
        Assert.Empty(Engine.Sessions);
        await Client.StartAsync(Engine);
    }

    private async Task<string> StatusAsync(string url)
    {
        var (connection, head) = await RawConnection.GetAsync(Engine, Client.PathOf(url));
        connection.Dispose();
        return head.Split(' ')[1];
    }

    private Task<System.Text.Json.Nodes.JsonObject> StopAsync(Start start) =>
        Client.JsonAsync(Engine, Client.PathOf(start.CommandUrl) + "?method=stop");
}
