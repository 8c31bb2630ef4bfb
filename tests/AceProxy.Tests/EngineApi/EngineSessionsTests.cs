using AceProxy.Content;
using AceProxy.EngineApi;
using AceProxy.Engines;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Tests.Functional;

namespace AceProxy.Tests.EngineApi;

public sealed class EngineSessionsTests
{
    private const string Hash = "0123456789abcdef0123456789abcdef01234567";
    private static readonly ContentSelector Selector = new(SelectorKind.Infohash, Hash, 0);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("ContentId", Hash, 0, "id")]
    [InlineData("Infohash", Hash, 3, "infohash")]
    [InlineData("Url", "http://host/a?infohash=b&pid=c#d", 0, "url")]
    [InlineData("Magnet", $"magnet:?xt=urn:btih:{Hash}&id=1", 0, "magnet")]
    public async Task Open_AnySelector_SendsItAloneAsVlcWithAFreshPid(string kind, string value, int fileIndex, string parameter)
    {
        await using RawServer server = RawServer.Start(exchange => exchange.ReplyAsync(Session()));
        await using var engine = new EngineUnderTest(server.EndPoint, new ManualTimeProvider());
        var selector = new ContentSelector(Enum.Parse<SelectorKind>(kind), value, fileIndex);

        EngineSession?[] sessions =
        [
            (await engine.Sessions.OpenAsync(engine.Engine, selector, default, Cancellation)).Value,
            (await engine.Sessions.OpenAsync(engine.Engine, selector, default, Cancellation)).Value,
        ];

        Assert.Equal(2, server.Requests.Count);
        Assert.All(server.Requests, request =>
        {
            Assert.Equal("/ace/getstream", request.Path);
            string[] expected = [parameter, .. fileIndex > 0 ? (string[])["_idx"] : [], "format", "pid"];
            Assert.Equal(expected, request.Query.Keys);
            Assert.Equal((value, "json"), (request.Query[parameter], request.Query["format"]));
        });
        Assert.Equal(sessions.Select(session => session!.Pid.ToString("D")), server.Requests.Select(request => request.Query["pid"]));
        Assert.All(sessions, session => Assert.Equal(4, session!.Pid.Version));
        Assert.NotEqual(sessions[0]!.Pid, sessions[1]!.Pid);
    }

    [Fact]
    public async Task EveryRequest_OfAnyKind_HasVlcsNameNoCompressionAndItsOwnConnection()
    {
        await using RawServer server = RawServer.Start(exchange => exchange.ReplyAsync(Session()));
        await using var engine = new EngineUnderTest(server.EndPoint, new ManualTimeProvider());

        await engine.Resolver.ResolveAsync(Selector with { Kind = SelectorKind.ContentId }, Cancellation);
        EngineReply<EngineSession> opened = await engine.Sessions.OpenAsync(engine.Engine, Selector, default, Cancellation);
        await engine.Sessions.StopAsync(opened.Value!);

        Assert.Equal(["/server/api", "/ace/getstream", "/ace/cmd/a/b"], server.Requests.Select(request => request.Path));
        Assert.All(server.Requests, request =>
        {
            Assert.EndsWith(" HTTP/1.1", request.Head.Split("\r\n")[0], StringComparison.Ordinal);
            Assert.Equal(["VLC/3.0.21 LibVLC/3.0.21"], request.Header("User-Agent"));
            Assert.Equal(["identity"], request.Header("Accept-Encoding"));
            Assert.Equal(["close"], request.Header("Connection"));
            Assert.Equal([server.EndPoint.ToString()], request.Header("Host"));
            Assert.Empty(request.Header("Cookie"));
        });
    }

    [Fact]
    public async Task Open_HealthyEngine_TellsTheSessionAndPinsItsAddresses()
    {
        await using SimulatedEngine simulated = await SimulatedEngine.StartAsync();
        SimulatedContent content = simulated.Add(Contents.Stamped() with { ForeignHost = "127.66.66.66:9" });
        await using var engine = new EngineUnderTest(simulated.EndPoint);

        EngineSession? session = (await engine.Sessions.OpenAsync(engine.Engine, new(SelectorKind.ContentId, content.ContentId, 0), default, Cancellation)).Value;

        Assert.NotNull(session);
        Assert.Equal((content.Infohash, true), (session.Infohash, session.IsLive));
        Assert.Equal(Assert.Single(simulated.Sessions).PlaybackSessionId, session.PlaybackSessionId);
        Assert.All([session.PlaybackUrl, session.StatUrl!, session.CommandUrl!], uri => Assert.Equal(simulated.EndPoint.ToString(), uri.Authority));
        await engine.Sessions.StopAsync(session);
        Assert.Equal((0, 1), (simulated.OpenSessionCount, simulated.Sessions[0].StopCount));
    }

    [Theory]
    [InlineData("""{"response": null, "error": "failed to load content"}""", "ContentUnavailable", "failed to load content")]
    [InlineData("""{"error": {"code": 1, "message": "failed"}}""", "ContentUnavailable", "failed")]
    [InlineData("""{"error": "choose", "extra_data": {"option": ["a", "b"]}}""", "Refused", """choose ({"option": ["a", "b"]})""")]
    [InlineData("""{"error": "choose", "extra_data": null}""", "ContentUnavailable", "choose")]
    [InlineData("""{"response": null, "error": null}""", "BadReply", "neither")]
    [InlineData("""{"response": "text"}""", "BadReply", "neither")]
    [InlineData("""{}""", "BadReply", "neither")]
    [InlineData("""[1, 2]""", "BadReply", "neither")]
    [InlineData("""null""", "BadReply", "neither")]
    [InlineData("""{"response": {}}""", "BadReply", "playback_url")]
    [InlineData("""{"response": {"playback_url": true}}""", "BadReply", "playback_url")]
    [InlineData("""{"response": {"playback_url": "ftp://x/y", "command_url": ["no"], "stat_url": {}}}""", "BadReply", "playback_url")]
    [InlineData("<html></html>", "BadReply", "not JSON")]
    public async Task Open_NoSession_SaysWhatTheEngineSaid(string reply, string kind, string words)
    {
        await using RawServer server = RawServer.Start(exchange => exchange.ReplyAsync(reply));
        await using var engine = new EngineUnderTest(server.EndPoint, new ManualTimeProvider());

        EngineReply<EngineSession> opened = await engine.Sessions.OpenAsync(engine.Engine, Selector, default, Cancellation);

        Assert.Equal(kind, opened.Failure?.Kind.ToString());
        Assert.Contains(words, opened.Failure!.Message, StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Open_ExtraDataThatIsNoText_IsRefusedAllTheSame()
    {
        byte[] reply = [.. """{"error": "choose", "extra_data": {"a": " """u8, 0xFF, .. "\"}}"u8];
        await using RawServer server = RawServer.Start(exchange => exchange.ReplyAsync(reply));
        await using var engine = new EngineUnderTest(server.EndPoint, new ManualTimeProvider());

        Assert.Equal(EngineFailureKind.Refused, (await engine.Sessions.OpenAsync(engine.Engine, Selector, default, Cancellation)).Failure?.Kind);
    }

    [Theory]
    [InlineData("InternalError")]
    [InlineData("Html")]
    [InlineData("TruncatedJson")]
    [InlineData("Huge")]
    [InlineData("MissingFields")]
    public async Task Open_DefectiveReply_IsABadReply(string defect)
    {
        await using SimulatedEngine simulated = await SimulatedEngine.StartAsync();
        SimulatedContent content = simulated.Add(Contents.Stamped() with { StartDefect = Enum.Parse<ReplyDefect>(defect) });
        await using var engine = new EngineUnderTest(simulated.EndPoint);

        EngineReply<EngineSession> opened = await engine.Sessions.OpenAsync(engine.Engine, Selector with { Value = content.Infohash }, default, Cancellation);

        Assert.Contains(opened.Failure!.Kind, (EngineFailureKind[])[EngineFailureKind.BadReply, EngineFailureKind.Unreachable]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Open_ConnectionLostBeforeAReply_IsNotSentTwice(bool reset)
    {
        await using RawServer server = RawServer.Start(async exchange =>
        {
            await Task.Yield();
            if (reset)
            {
                exchange.Reset();
            }
        });
        await using var engine = new EngineUnderTest(server.EndPoint, new ManualTimeProvider());

        EngineReply<EngineSession> opened = await engine.Sessions.OpenAsync(engine.Engine, Selector, default, Cancellation);

        Assert.Equal(EngineFailureKind.Unreachable, opened.Failure?.Kind);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Open_ReplyWithOddTypes_IsUnderstood()
    {
        string reply = $$"""
            {"response": {"playback_url": "/ace/r/a/b", "command_url": "/ace/cmd/a/b", "infohash": "{{Hash.ToUpperInvariant()}}",
            "playback_session_id": 12, "is_live": "0", "stat_url": null, "unknown": [[[]]]}, "error": null}
            """;
        await using RawServer server = RawServer.Start(exchange => exchange.ReplyAsync(reply));
        await using var engine = new EngineUnderTest(server.EndPoint, new ManualTimeProvider());

        EngineSession? session = (await engine.Sessions.OpenAsync(engine.Engine, Selector, default, Cancellation)).Value;

        Assert.Equal((Hash, "12", false, null), (session?.Infohash, session?.PlaybackSessionId, session?.IsLive, session?.StatUrl));
    }

    [Theory]
    [InlineData("1", true)]
    [InlineData("-1", true)]
    [InlineData("\"1\"", true)]
    [InlineData("null", true)]
    [InlineData("0", false)]
    public async Task Open_IsLive_IsTrueUnlessTheEngineDeniesIt(string value, bool expected)
    {
        string reply = $"{{\"response\": {{\"playback_url\": \"/ace/r/a/b\", \"is_live\": {value}}}}}";
        await using RawServer server = RawServer.Start(exchange => exchange.ReplyAsync(reply));
        await using var engine = new EngineUnderTest(server.EndPoint, new ManualTimeProvider());

        Assert.Equal(expected, (await engine.Sessions.OpenAsync(engine.Engine, Selector, default, Cancellation)).Value?.IsLive);
    }

    [Fact]
    public async Task Open_NoPlaybackUrl_StopsWhatWasOpened()
    {
        await using RawServer server = RawServer.Start(exchange => exchange.ReplyAsync("""{"response": {"command_url": "http://x/ace/cmd/a/b?c=d"}}"""));
        await using var engine = new EngineUnderTest(server.EndPoint, new ManualTimeProvider());

        Assert.False((await engine.Sessions.OpenAsync(engine.Engine, Selector, default, Cancellation)).IsSuccess);

        await engine.Sessions.DrainAsync();
        Assert.Equal("/ace/cmd/a/b?c=d&method=stop", server.Requests[^1].Target);
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task Open_ReplyAfterTheCallLimit_TimesOutAndStopsTheSessionOnce()
    {
        var time = new ManualTimeProvider();
        var late = new TaskCompletionSource();
        await using RawServer server = RawServer.Start(async exchange =>
        {
            await (exchange.Request.Path == "/ace/getstream" ? late.Task : Task.CompletedTask);
            await exchange.ReplyAsync(Session());
        });
        await using var engine = new EngineUnderTest(server.EndPoint, time);
        Task<EngineReply<EngineSession>> opening = engine.Sessions.OpenAsync(engine.Engine, Selector, default, Cancellation);
        await server.RequestAsync(Cancellation);

        time.Advance(30);
        Assert.Equal(EngineFailureKind.TimedOut, (await opening).Failure?.Kind);
        time.Advance(119);
        late.SetResult();
        await server.RequestAsync(Cancellation);
        await engine.Sessions.DrainAsync();

        Assert.Equal(["/ace/getstream", "/ace/cmd/a/b"], server.Requests.Select(request => request.Path));
        Assert.Equal("stop", server.Requests[1].Query["method"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Open_TheSameAgainBeforeALateReply_TakesItOverInsteadOfASecondSession(bool isAbandoned)
    {
        var time = new ManualTimeProvider();
        var late = new TaskCompletionSource();
        await using RawServer server = RawServer.Start(async exchange =>
        {
            await (exchange.Request.Path == "/ace/getstream" ? late.Task : Task.CompletedTask);
            await exchange.ReplyAsync(Session());
        });
        await using var engine = new EngineUnderTest(server.EndPoint, time);
        using EngineReservation slot = (await engine.Pool.TryReserveAsync([]))!;
        using var abandon = new CancellationTokenSource();
        Task<EngineReply<EngineSession>> first = engine.Sessions.OpenAsync(engine.Engine, Selector, default, abandon.Token);
        await server.RequestAsync(Cancellation);
        if (isAbandoned)
        {
            await abandon.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        }
        else
        {
            time.Advance(30);
            Assert.Equal(EngineFailureKind.TimedOut, (await first).Failure?.Kind);
        }

        engine.Sessions.Release(slot, default);
        Assert.Equal(1, engine.Pool.SessionsOn(engine.Engine)); // a session may still come in it
        Task<EngineReply<EngineSession>> second = engine.Sessions.OpenAsync(engine.Engine, Selector, default, Cancellation);
        await SafetyNet.EventuallyAsync(() => engine.Pool.SessionsOn(engine.Engine) == 0, () => "its slot is held twice");
        late.SetResult();

        EngineSession? session = (await second).Value;
        Assert.NotNull(session);
        await engine.Sessions.StopAsync(session);
        await engine.Sessions.DrainAsync();
        Assert.Equal(["/ace/getstream", "/ace/cmd/a/b"], server.Requests.Select(request => request.Path));
    }

    [Fact]
    public async Task Open_NobodyWaitsForItAnyMore_SendsNothing()
    {
        await using RawServer server = RawServer.Start(exchange => exchange.HoldAsync());
        await using var engine = new EngineUnderTest(server.EndPoint);
        using EngineReservation slot = (await engine.Pool.TryReserveAsync([]))!;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => engine.Sessions.OpenAsync(engine.Engine, Selector, default, new CancellationToken(canceled: true)));
        engine.Sessions.Release(slot, default);

        Assert.Equal(0, engine.Pool.SessionsOn(engine.Engine)); // nothing can come in it any more
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task Open_TheSameAgainAndTheLateReplyDoesNotCome_OpensAnother()
    {
        var time = new ManualTimeProvider();
        int calls = 0;
        await using RawServer server = RawServer.Start(exchange =>
            exchange.Request.Path == "/ace/getstream" && Interlocked.Increment(ref calls) == 1 ? exchange.HoldAsync() : exchange.ReplyAsync(Session()));
        await using var engine = new EngineUnderTest(server.EndPoint, time);
        Task<EngineReply<EngineSession>> first = engine.Sessions.OpenAsync(engine.Engine, Selector, default, Cancellation);
        await server.RequestAsync(Cancellation);
        time.Advance(30);
        await first;

        Task<EngineReply<EngineSession>> second = engine.Sessions.OpenAsync(engine.Engine, Selector, default, Cancellation);
        time.Advance(15);

        Assert.True((await second.WaitAsync(Patience, Cancellation)).IsSuccess);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Release_WhileAReplyIsLate_WaitsUntilItsSessionIsStopped(bool stopHasBegun)
    {
        var time = new ManualTimeProvider();
        var late = new TaskCompletionSource();
        var stop = new TaskCompletionSource();
        await using RawServer server = RawServer.Start(async exchange =>
        {
            await (exchange.Request.Path == "/ace/getstream" ? late.Task : stop.Task);
            await exchange.ReplyAsync(Session());
        });
        await using var engine = new EngineUnderTest(server.EndPoint, time);
        EngineReservation slot = (await engine.Pool.TryReserveAsync([]))!;
        Task<EngineReply<EngineSession>> first = engine.Sessions.OpenAsync(engine.Engine, Selector, default, Cancellation);
        await server.RequestAsync(Cancellation);
        time.Advance(30);
        await first;

        if (!stopHasBegun)
        {
            engine.Sessions.Release(slot, default);
        }

        late.SetResult();
        await server.RequestAsync(Cancellation);
        if (stopHasBegun)
        {
            engine.Sessions.Release(slot, default);
        }

        Assert.Equal(1, engine.Pool.SessionsOn(engine.Engine));
        stop.SetResult();

        await engine.Sessions.DrainAsync().WaitAsync(Patience, Cancellation);
        Assert.Equal(0, engine.Pool.SessionsOn(engine.Engine));
    }

    [Fact]
    public async Task Open_ReplyThatNeverComes_IsGivenUpInTheEnd()
    {
        var time = new ManualTimeProvider();
        await using RawServer server = RawServer.Start(exchange => exchange.HoldAsync());
        await using var engine = new EngineUnderTest(server.EndPoint, time);
        Task<EngineReply<EngineSession>> opening = engine.Sessions.OpenAsync(engine.Engine, Selector, default, Cancellation);
        await server.RequestAsync(Cancellation);

        time.Advance(30);
        await opening;
        Task drained = engine.Sessions.DrainAsync();
        Assert.False(drained.IsCompleted);
        time.Advance(120);

        await drained.WaitAsync(Cancellation);
    }

    [Fact]
    public async Task Stop_CalledConcurrently_SendsOneRequest()
    {
        await using RawServer server = RawServer.Start(exchange => exchange.ReplyAsync(Session()));
        await using var engine = new EngineUnderTest(server.EndPoint, new ManualTimeProvider());
        EngineSession session = (await engine.Sessions.OpenAsync(engine.Engine, Selector, default, Cancellation)).Value!;

        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => engine.Sessions.StopAsync(session))));
        await engine.Sessions.DrainAsync();

        Assert.Single(server.Requests, request => request.Query.GetValueOrDefault("method") == "stop");
    }

    [Fact]
    public async Task StopAndRelease_WhileTheStopIsUnderWay_KeepsTheSlotUntilItIsAnswered()
    {
        var stop = new TaskCompletionSource();
        await using RawServer server = RawServer.Start(async exchange =>
        {
            await (exchange.Request.Path == "/ace/getstream" ? Task.CompletedTask : stop.Task);
            await exchange.ReplyAsync(Session());
        });
        await using var engine = new EngineUnderTest(server.EndPoint, new ManualTimeProvider());
        EngineReservation slot = (await engine.Pool.TryReserveAsync([]))!;
        EngineSession session = (await engine.Sessions.OpenAsync(engine.Engine, Selector, default, Cancellation)).Value!;

        Task first = engine.Sessions.StopAsync(session);
        Task second = engine.Sessions.StopAndReleaseAsync(session, slot, default);

        Assert.Equal((false, false, 1), (first.IsCompleted, second.IsCompleted, engine.Pool.SessionsOn(engine.Engine)));
        stop.SetResult();
        await Task.WhenAll(first, second);
        Assert.Equal(0, engine.Pool.SessionsOn(engine.Engine));
    }

    [Fact]
    public async Task Stop_ThatHangs_EndsAtItsLimit()
    {
        var time = new ManualTimeProvider();
        await using RawServer server = RawServer.Start(exchange =>
            exchange.Request.Path == "/ace/getstream" ? exchange.ReplyAsync(Session()) : exchange.HoldAsync());
        await using var engine = new EngineUnderTest(server.EndPoint, time);
        EngineSession session = (await engine.Sessions.OpenAsync(engine.Engine, Selector, default, Cancellation)).Value!;
        await server.RequestAsync(Cancellation);
        Task stop = engine.Sessions.StopAsync(session);
        await server.RequestAsync(Cancellation);

        time.Advance(2.9);
        Assert.False(stop.IsCompleted);
        time.Advance(0.1);

        await stop.WaitAsync(Cancellation);
    }

    [Theory]
    [InlineData("HTTP/1.1 500 Internal Server Error\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n{\"error\": \"unknown playback session id\"}")]
    [InlineData("garbage")]
    [InlineData("")]
    public async Task Stop_EngineAnswersBadly_DoesNotThrow(string reply)
    {
        await using RawServer server = RawServer.Start(exchange =>
            exchange.Request.Path == "/ace/getstream" ? exchange.ReplyAsync(Session()) : exchange.WriteAsync(reply));
        await using var engine = new EngineUnderTest(server.EndPoint, new ManualTimeProvider());
        EngineSession session = (await engine.Sessions.OpenAsync(engine.Engine, Selector, default, Cancellation)).Value!;

        await engine.Sessions.StopAsync(session);

        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task Open_RepliesThatPointElsewhere_BringNothingThere()
    {
        await using RawServer foreign = RawServer.StartForeign();
        string[] addresses = [$"http://{foreign.EndPoint}/a", $"//{foreign.EndPoint}/a", $"http://x//{foreign.EndPoint}/a", $"/\\{foreign.EndPoint}/a"];
        await using RawServer server = RawServer.Start(exchange => exchange.ReplyAsync(exchange.Request.Path == "/ace/getstream"
            ? System.Text.Json.JsonSerializer.Serialize(new
            {
                response = new { command_url = addresses[exchange.Request.Query["infohash"][^1] - '0'] },
            })
            : "{}"));
        await using var engine = new EngineUnderTest(server.EndPoint, new ManualTimeProvider());

        for (int number = 0; number < addresses.Length; number++)
        {
            await engine.Sessions.OpenAsync(engine.Engine, Selector with { Value = $"{number}" }, default, Cancellation);
        }

        await engine.Sessions.DrainAsync();
        Assert.Empty(foreign.Requests);
        Assert.Equal(addresses.Length, server.Requests.Count(request => request.Query.GetValueOrDefault("method") == "stop"));
    }

    [Fact]
    public async Task Open_EngineHangs_SessionItLeavesBehindIsStopped()
    {
        var time = new ManualTimeProvider();
        await using SimulatedEngine simulated = await SimulatedEngine.StartAsync(new() { TimeProvider = time });
        SimulatedContent content = simulated.Add(Contents.Stamped() with { OpenDelay = TimeSpan.FromSeconds(40) });
        await using var engine = new EngineUnderTest(simulated.EndPoint, time);
        Task<EngineReply<EngineSession>> opening = engine.Sessions.OpenAsync(engine.Engine, Selector with { Value = content.Infohash }, default, Cancellation);
        await time.TimerInAsync(TimeSpan.FromSeconds(40), Cancellation);

        time.Advance(30);
        Assert.Equal(EngineFailureKind.TimedOut, (await opening).Failure?.Kind);
        time.Advance(10);

        await simulated.WaitUntilAsync(now => now.OpenSessionCount == 0, Patience, Cancellation);
        await engine.Sessions.DrainAsync();
        Assert.Equal(1, Assert.Single(simulated.Sessions).StopCount);
    }

    private static string Session() =>
        $$"""{"response": {"playback_url": "/ace/r/a/b", "command_url": "/ace/cmd/a/b", "infohash": "{{Hash}}", "is_live": 1}, "error": null}""";
}
