using AceProxy.Engines;
using AceProxy.Engines.Sources;

namespace AceProxy.Tests.Engines.Sources;

public sealed class OrchestratorSourceTests
{
    private const string Two = """
        [{"container_id": "x", "host": "10.0.0.1", "port": 6001, "forwarded": true, "health_status": "healthy", "labels": {}, "streams": null},
         {"host": "10.0.0.2", "port": "6002", "forwarded": "false", "health_status": null, "first_seen": [1, 2]}]
        """;

    [Theory]
    [InlineData("/engines", Two)]
    [InlineData("/api/v1/engines", Two)]
    [InlineData("/engines", $$"""{"engines": {{Two}}, "total": 2}""")]
    [InlineData("/api/v1/engines", $$"""{"items": {{Two}}}""")]
    public async Task Ask_EitherFormAtEitherPlace_NamesItsEngines(string path, string body)
    {
        await using RawServer server = Answering(path, exchange => exchange.ReplyAsync(body));
        await using EnginesUnderTest engines = Asking(server);

        await AnsweredAsync(engines);

        Assert.Equal("10.0.0.1:6001 10.0.0.2:6002", engines.Ids);
        Assert.True(engines["10.0.0.1:6001"].Address.IsForwarded);
        Assert.False(engines["10.0.0.2:6002"].Address.IsForwarded);
        Assert.Null(Report(engines).Problem);
    }

    [Fact]
    public async Task Ask_LaterForm_IsAskedWhereItAnsweredLast()
    {
        await using RawServer server = Answering("/engines", exchange => exchange.ReplyAsync(Two));
        await using EnginesUnderTest engines = Asking(server);
        await AnsweredAsync(engines);
        DateTimeOffset? first = Report(engines).AnsweredAt;

        await engines.AdvanceUntilAsync(() => Report(engines).AnsweredAt > first);

        Assert.Equal(["/api/v1/engines", "/engines", "/engines"], server.Requests.Select(request => request.Path));
    }

    [Fact]
    public async Task Ask_WithAKey_SendsItEitherWayAndNeverLogsIt()
    {
        await using RawServer server = Answering("/api/v1/engines", exchange => exchange.ReplyAsync(Two));
        await using EnginesUnderTest engines = Asking(server, ("ORCHESTRATOR_API_KEY", "s3cret"));
        await AnsweredAsync(engines);

        Assert.Contains("X-API-Key: s3cret", server.Requests[0].Head, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("Authorization: Bearer s3cret", server.Requests[0].Head, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(0, engines.Log.Count("s3cret"));
    }

    [Fact]
    public async Task Ask_UnderAPath_IsAskedThere()
    {
        await using RawServer server = Answering("/orchestrator/engines", exchange => exchange.ReplyAsync(Two));
        await using var engines = new EnginesUnderTest((ResolveHost?)null, ("ORCHESTRATOR_URL", $"http://{server.EndPoint}/orchestrator/"));

        await AnsweredAsync(engines);
    }

    [Fact]
    public async Task Ask_UnhealthyAndDraining_IsDegradedAndLeft()
    {
        await using RawServer server = Answering("/engines", exchange => exchange.ReplyAsync("""
            [{"host": "a", "port": 1, "health_status": "unhealthy"},
             {"host": "b", "port": 1, "draining": true, "drain_reason": "scale\ndown"},
             {"host": "c", "port": 1, "health_status": "unknown"}]
            """));
        await using EnginesUnderTest engines = Asking(server);
        await AnsweredAsync(engines);

        Assert.Equal(
            ["a:1 Degraded the orchestrator calls it unhealthy", "b:1 Draining the orchestrator drains it: scale down", "c:1 Healthy not asked yet"],
            engines.Catalog.Engines.Select(engine => $"{engine} {engine.Health.State} {engine.Health.Reason}"));
    }

    [Theory]
    [InlineData("""{"host": "10.0.0.9"}""", "port '' of 10.0.0.9")]
    [InlineData("""{"host": "10.0.0.9", "port": 0}""", "port '0'")]
    [InlineData("""{"host": "10.0.0.9", "port": 65536}""", "port '65536'")]
    [InlineData("""{"host": "10.0.0.9", "port": -1}""", "port '-1'")]
    [InlineData("""{"host": "10.0.0.9", "port": 80.5}""", "port '80.5'")]
    [InlineData("""{"host": "10.0.0.9", "port": [6878]}""", "port ''")]
    [InlineData("""{"port": 6878}""", "host ''")]
    [InlineData("""{"host": null, "port": 6878}""", "host ''")]
    [InlineData("""{"host": "10.0.0.9/x", "port": 6878}""", "host '10.0.0.9/x'")]
    [InlineData("""{"host": "http://10.0.0.9", "port": 6878}""", "host 'http://10.0.0.9'")]
    [InlineData("""{"host": "user@10.0.0.9", "port": 6878}""", "host 'user@10.0.0.9'")]
    [InlineData("""{"host": "[::1]", "port": 6878}""", "host '[::1]'")]
    [InlineData("null", "host ''")]
    [InlineData("7", "host ''")]
    [InlineData("""{"host": "10.0.0.1", "port": 6001}""", "'10.0.0.1:6001' is named twice")]
    public async Task Ask_OneEntryThatIsNoEngine_IsLeftOutAndNamed(string entry, string culprit)
    {
        await using RawServer server = Answering("/engines", exchange =>
            exchange.ReplyAsync($$"""[{"host": "10.0.0.1", "port": 6001}, {{entry}}, {"host": "10.0.0.3", "port": 6003}]"""));
        await using EnginesUnderTest engines = Asking(server);
        await AnsweredAsync(engines);

        Assert.Equal("10.0.0.1:6001 10.0.0.3:6003", engines.Ids);
        Assert.StartsWith("entry 2 is left out: ", Report(engines).Problem, StringComparison.Ordinal);
        Assert.Contains(culprit, Report(engines).Problem, StringComparison.Ordinal);
    }

    public static TheoryData<string> Troubles() => ["html", "500", "401", "wrong json", "no list", "2 MB", "broken", "redirect", "slow", "vanished"];

    [Theory]
    [MemberData(nameof(Troubles))]
    public async Task Ask_TroubleAfterAnAnswer_KeepsItsEnginesNamesItAndRecovers(string trouble)
    {
        await using RawServer foreign = RawServer.StartForeign();
        bool isWell = true;
        await using RawServer server = RawServer.Start(exchange => Volatile.Read(ref isWell) ? exchange.ReplyAsync(Two) : trouble switch
        {
            "html" => exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 15\r\n\r\n<!doctype html>"),
            "500" => exchange.WriteAsync("HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\noops"),
            "401" => exchange.WriteAsync("HTTP/1.1 401 No\r\nContent-Length: 24\r\n\r\n{\"error\":\"unauthorized\"}"),
            "wrong json" => exchange.ReplyAsync("[{\"host\": "),
            "no list" => exchange.ReplyAsync("{\"detail\": \"Not Found\"}"),
            "2 MB" => exchange.ReplyAsync($"[\"{new string('x', 2_000_000)}\"]"),
            "broken" => exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[{\"ho"),
            "redirect" => exchange.WriteAsync($"HTTP/1.1 302 Found\r\nLocation: http://{foreign.EndPoint}/engines\r\nContent-Length: 0\r\n\r\n"),
            _ => exchange.HoldAsync(),
        });
        await using EnginesUnderTest engines = Asking(server, ("ORCHESTRATOR_INTERVAL", "10"), ("ORCHESTRATOR_TIMEOUT", "5"));
        await AnsweredAsync(engines);

        Volatile.Write(ref isWell, false);
        if (trouble == "vanished")
        {
            await server.DisposeAsync();
        }

        if (trouble is not ("slow" or "vanished"))
        {
            int asked = server.Requests.Count;
            await engines.AdvanceUntilAsync(() => server.Requests.Count > asked);
            await Functional.SafetyNet.EventuallyAsync(() => Report(engines).Problem is not null, () => "no problem");
        }

        await engines.AdvanceUntilAsync(() => Report(engines).Problem is not null);
        string expected = trouble switch
        {
            "html" => "the reply is not JSON: <!doctype html>",
            "500" => "HTTP 500: oops",
            "401" => "HTTP 401: {\"error\":\"unauthorized\"}",
            "wrong json" => "the reply is not JSON",
            "no list" => "the reply has no list of engines",
            "2 MB" => "the reply is larger than 262144 bytes",
            "redirect" => "HTTP 302",
            "slow" => "no reply within 5 s",
            _ => "/api/v1/engines: ",
        };
        Assert.Contains(expected, Report(engines).Problem, StringComparison.Ordinal);
        Assert.Equal("10.0.0.1:6001 10.0.0.2:6002", engines.Ids);
        Assert.All(engines.Catalog.Engines, engine => Assert.Equal(EngineState.Healthy, engine.Health.State));
        Assert.Equal(1, engines.Log.Count("Engine source ORCHESTRATOR_URL failed"));
        Assert.Empty(foreign.Requests);

        if (trouble != "vanished")
        {
            Volatile.Write(ref isWell, true);
            await engines.AdvanceUntilAsync(() => Report(engines).Problem is null);
        }
    }

    [Fact]
    public async Task Ask_NobodyThereAtTheStart_AnswersLater()
    {
        bool isThere = false;
        await using RawServer server = RawServer.Start(exchange =>
            Volatile.Read(ref isThere) ? exchange.ReplyAsync(Two) : exchange.WriteAsync("HTTP/1.1 503 Later\r\n\r\n"));
        await using EnginesUnderTest engines = Asking(server, ("ENGINE_WAIT_TIMEOUT", "600"));
        await Functional.SafetyNet.EventuallyAsync(() => engines.Catalog.Sources.Any(source => source.Problem is not null), () => "no problem");
        Task<EngineReservation?> waiting = engines.Pool.ReserveAsync([], TestContext.Current.CancellationToken);

        Volatile.Write(ref isThere, true);
        await engines.AdvanceUntilAsync(() => engines.Catalog.Engines.Count == 2);

        Assert.Equal("10.0.0.1:6001", (await waiting)!.Engine.Address.Id);
    }

    private static EnginesUnderTest Asking(RawServer server, params (string Name, string? Value)[] settings) =>
        new((ResolveHost?)null, [("ORCHESTRATOR_URL", $"http://{server.EndPoint}"), .. settings]);

    private static RawServer Answering(string path, Func<RawExchange, Task> answer) => RawServer.Start(exchange =>
        exchange.Request.Path == path
            ? answer(exchange)
            : exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 15\r\n\r\n<!doctype html>"));

    private static SourceReport Report(EnginesUnderTest engines) =>
        engines.Catalog.Sources.SingleOrDefault(source => source.Name == "ORCHESTRATOR_URL") ?? new SourceReport("", [], null, null);

    private static Task AnsweredAsync(EnginesUnderTest engines) =>
        Functional.SafetyNet.EventuallyAsync(() => Report(engines).AnsweredAt is not null, () => $"no answer: {Report(engines).Problem}");
}
