using System.Net;
using System.Text;
using System.Text.Json;
using AceProxy.Engines;
using AceProxy.Engines.Orders;
using AceProxy.Engines.Sources;
using AceProxy.EngineSimulator;

namespace AceProxy.Tests.Functional;

/// <summary>Engines over the API: what there is, registering, taking away, emptying.</summary>
public sealed class EngineEndpointsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Get_OneEngine_TellsAllThereIsToKnow()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        engine.Add(Contents.Stamped());
        await using RunningProxy proxy = await RunningProxy.StartAsync(("ENGINES", $"{engine.EndPoint};forwarded"), ("ENGINE_PROBE_INTERVAL", "10"));
        using Viewer viewer = await Viewer.JoinAsync(proxy, $"infohash={Contents.Stamped().Infohash}");
        await SafetyNet.EventuallyAsync(() => proxy.Engines.Engines[0].Version is not null, () => "not asked");

        using JsonDocument reply = await GetAsync(proxy, "/api/engines");

        JsonElement one = Assert.Single(reply.RootElement.GetProperty("engines").EnumerateArray());
        Assert.Equal(
            ["id", "worker", "sources", "forwarded", "state", "reason", "since", "sessions", "max", "last_used", "version", "connected"],
            one.EnumerateObject().Select(field => field.Name));
        Assert.Equal(
            $"{engine.EndPoint} True healthy answers 1 3 3.2.3 True",
            string.Join(' ', ((string[])["id", "forwarded", "state", "reason", "sessions", "max", "version", "connected"]).Select(name => one.GetProperty(name))));
        Assert.Equal("ENGINES", one.GetProperty("sources")[0].GetString());
        Assert.InRange(one.GetProperty("last_used").GetDateTimeOffset(), DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow);
        JsonElement[] sources = [.. reply.RootElement.GetProperty("sources").EnumerateArray()];
        Assert.Equal(["ENGINES", "registered"], sources.Select(source => source.GetProperty("name").GetString()));
        Assert.Equal(1, sources[0].GetProperty("engines").GetInt32());
        Assert.Equal(JsonValueKind.Null, sources[0].GetProperty("problem").ValueKind);
    }

    [Fact]
    public async Task Get_SourceFails_SaysSo()
    {
        await using RawServer orchestrator = RawServer.Start(exchange => exchange.WriteAsync("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"));
        await using RunningProxy proxy = await RunningProxy.StartAsync(
            ("ENGINES", "127.0.0.1:9"), ("ORCHESTRATOR_URL", $"http://{orchestrator.EndPoint}"));

        await SafetyNet.EventuallyAsync(() => proxy.Catalog.Sources.Any(source => source.Problem is not null), () => "no problem");

        using JsonDocument reply = await GetAsync(proxy, "/api/engines");
        JsonElement failed = reply.RootElement.GetProperty("sources").EnumerateArray().Last();
        Assert.Equal(
            "ORCHESTRATOR_URL 0  /api/v1/engines: HTTP 500; /engines: HTTP 500",
            string.Join(' ', failed.EnumerateObject().Select(field => field.Value)));
    }

    [Fact]
    public async Task Post_Engine_IsUsedAtOnceAndCanBeTakenAway()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        engine.Add(Contents.Stamped());
        await using RunningProxy proxy = await RunningProxy.StartAsync(("ENGINES", "none"), ("PROXY_GRACE_PERIOD", "0"));

        (HttpStatusCode first, string created) = await PostAsync(proxy, $$"""{"host": "127.0.0.1", "port": {{engine.EndPoint.Port}}, "forwarded": true}""");
        (HttpStatusCode again, _) = await PostAsync(proxy, $$"""{"host": "127.0.0.1", "port": "{{engine.EndPoint.Port}}"}""");
        using (Viewer viewer = await Viewer.JoinAsync(proxy, $"infohash={Contents.Stamped().Infohash}"))
        {
            Assert.Equal(1, engine.OpenSessionCount);
        }

        await proxy.SettledAsync(engine);
        using HttpResponseMessage deleted = await proxy.Client.DeleteAsync(new Uri($"/api/engines/{engine.EndPoint}", UriKind.Relative), Cancellation);
        using HttpResponseMessage twice = await proxy.Client.DeleteAsync(new Uri($"/api/engines/{engine.EndPoint}", UriKind.Relative), Cancellation);

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.OK), (first, again));
        Assert.Contains("\"forwarded\":true", created, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.NotFound), (deleted.StatusCode, twice.StatusCode));
        Assert.Empty(proxy.Engines.Engines);
    }

    [Fact]
    public async Task Delete_TheOnlyEngineWhileItPlays_TheStreamGoesOnAndIsThereWhenItIsBack()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        engine.Add(Contents.Stamped());
        await using RunningProxy proxy = await RunningProxy.StartAsync(
            ("ENGINES", "none"), ("ENGINE_WAIT_TIMEOUT", "0.2"), ("PROXY_GRACE_PERIOD", "0"));
        var address = new EngineAddress("127.0.0.1", engine.EndPoint.Port, false);
        proxy.Orders.Give(EngineOrderKind.Registered, address, true);
        using (Viewer viewer = await Viewer.JoinAsync(proxy, $"infohash={Contents.Stamped().Infohash}"))
        {
            proxy.Orders.Give(EngineOrderKind.Registered, address, false);
            await SafetyNet.EventuallyAsync(() => proxy.Streams.All().Single().Progress.Note is not null, () => "no word of it");
            await viewer.UntilNewerThanAsync(DateTimeOffset.UtcNow);
            Assert.Equal("gone", proxy.Catalog.Find(address.Id)!.Health.State.ToString().ToLowerInvariant());

            proxy.Orders.Give(EngineOrderKind.Registered, address, true);
            await SafetyNet.EventuallyAsync(() => proxy.Streams.All().Single().Progress.Note is null, () => "it still says so");
            await viewer.UntilNewerThanAsync(DateTimeOffset.UtcNow);
            viewer.Checker.AssertGapless();
            Assert.Equal((1, 1), (engine.SessionsOpened, proxy.Engines.SessionsOn(proxy.Catalog.Find(address.Id)!)));
        }

        await proxy.SettledAsync(engine);
        proxy.Orders.Give(EngineOrderKind.Registered, address, false);
        Assert.Empty(proxy.Engines.Engines);
    }

    [Theory]
    [InlineData("", "body")]
    [InlineData("{", "body")]
    [InlineData("[]", "body")]
    [InlineData("null", "body")]
    [InlineData("\"127.0.0.1\"", "body")]
    [InlineData("{}", "host")]
    [InlineData("""{"port": 6878}""", "host")]
    [InlineData("""{"host": ""}""", "host")]
    [InlineData("""{"host": null}""", "host")]
    [InlineData("""{"host": 127}""", "host")]
    [InlineData("""{"host": "http://127.0.0.1"}""", "host")]
    [InlineData("""{"host": "127.0.0.1/x"}""", "host")]
    [InlineData("""{"host": "127.0.0.1:6878"}""", "host")]
    [InlineData("""{"host": "[::1]"}""", "host")]
    [InlineData("""{"host": "a b"}""", "host")]
    [InlineData("""{"host": "a", "port": 0}""", "port")]
    [InlineData("""{"host": "a", "port": 65536}""", "port")]
    [InlineData("""{"host": "a", "port": -1}""", "port")]
    [InlineData("""{"host": "a", "port": 1.5}""", "port")]
    [InlineData("""{"host": "a", "port": null}""", "port")]
    [InlineData("""{"host": "a", "port": "http"}""", "port")]
    [InlineData("""{"host": "a", "forwarded": "yes"}""", "forwarded")]
    [InlineData("""{"host": "a", "forwarded": 1}""", "forwarded")]
    [InlineData("""{"host": "a", "fowarded": true}""", "fowarded")]
    public async Task Post_WhatIsNoEngine_Is400NamingTheCulprit(string body, string culprit)
    {
        await using RunningProxy proxy = await RunningProxy.StartAsync(("ENGINES", "none"));

        (HttpStatusCode status, string reply) = await PostAsync(proxy, body);

        using var problem = JsonDocument.Parse(reply);
        Assert.Equal((HttpStatusCode.BadRequest, culprit), (status, problem.RootElement.GetProperty("parameter").GetString()));
        Assert.Contains($"'{culprit}'", problem.RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Empty(proxy.Engines.Engines);
    }

    [Fact]
    public async Task Post_NotJsonOrTooLargeOrTooMany_IsRefused()
    {
        await using RunningProxy proxy = await RunningProxy.StartAsync(("ENGINES", "none"));

        (HttpStatusCode form, _) = await PostAsync(proxy, "host=127.0.0.1", "application/x-www-form-urlencoded");
        (HttpStatusCode large, _) = await PostAsync(proxy, $$"""{"host": "{{new string('a', 100_000)}}"}""");
        for (int number = 0; number < RegisteredSource.Most; number++)
        {
            Assert.NotNull(proxy.Orders.Give(EngineOrderKind.Registered, new EngineAddress("127.0.0.1", 20_000 + number, false), true));
        }

        (HttpStatusCode many, _) = await PostAsync(proxy, """{"host": "127.0.0.1", "port": 9}""");
        (HttpStatusCode known, _) = await PostAsync(proxy, """{"host": "127.0.0.1", "port": 20000}""");

        Assert.Equal(
            (HttpStatusCode.UnsupportedMediaType, HttpStatusCode.RequestEntityTooLarge, HttpStatusCode.Conflict, HttpStatusCode.OK), (form, large, many, known));
    }

    [Theory]
    [InlineData("GET", "")]
    [InlineData("DELETE", "")]
    [InlineData("POST", "/drain")]
    [InlineData("POST", "/undrain")]
    public async Task EngineOfNoSuchId_IsA404ThatNamesIt(string method, string action)
    {
        await using RunningProxy proxy = await RunningProxy.StartAsync(("ENGINES", "127.0.0.1:9"));
        using var request = new HttpRequestMessage(new HttpMethod(method), $"/api/engines/127.0.0.1:10{action}");

        using HttpResponseMessage response = await proxy.Client.SendAsync(request, Cancellation);

        Assert.Equal((HttpStatusCode.NotFound, "application/problem+json"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        Assert.Contains("'127.0.0.1:10'", await response.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Delete_EngineOfTheSettings_Is409ThatSaysWhoNamesIt()
    {
        await using RunningProxy proxy = await RunningProxy.StartAsync(("ENGINES", "127.0.0.1:9"));

        using HttpResponseMessage response = await proxy.Client.DeleteAsync(new Uri("/api/engines/127.0.0.1:9", UriKind.Relative), Cancellation);

        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
        Assert.Contains("named by ENGINES", await response.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Drain_ForwardedEngine_GetsNoMoreUntilItIsUndrained()
    {
        await using EngineCluster engines = await EngineCluster.StartAsync(2, forwarded: 1);
        engines.Add(Contents.Stamped(1));
        engines.Add(Contents.Stamped(2));
        await using RunningProxy proxy = await RunningProxy.StartAsync(("ENGINES", engines.Setting));
        string drained = $"/api/engines/{engines.Engines[0].EndPoint}";

        using (HttpResponseMessage drain = await proxy.Client.PostAsync(new Uri($"{drained}/drain", UriKind.Relative), null, Cancellation))
        {
            Assert.Equal(HttpStatusCode.OK, drain.StatusCode);
            Assert.Contains("\"state\":\"draining\",\"reason\":\"drained by an operator\"", await drain.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        }

        using Viewer first = await Viewer.JoinAsync(proxy, $"infohash={Contents.Stamped(1).Infohash}");
        Assert.Equal("0 1", engines.Open);
        using (HttpResponseMessage undrain = await proxy.Client.PostAsync(new Uri($"{drained}/undrain", UriKind.Relative), null, Cancellation))
        {
            Assert.Contains("\"state\":\"healthy\"", await undrain.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        }

        using Viewer second = await Viewer.JoinAsync(proxy, $"infohash={Contents.Stamped(2).Infohash}");
        Assert.Equal("1 1", engines.Open);
    }

    [Fact]
    public async Task Ids_OfIPv6Engines_WorkInPaths()
    {
        await using RunningProxy proxy = await RunningProxy.StartAsync(("ENGINES", "none"));

        (HttpStatusCode status, string created) = await PostAsync(proxy, """{"host": "::1", "port": 9}""");
        using HttpResponseMessage deleted = await proxy.Client.DeleteAsync(
            new Uri($"/api/engines/{Uri.EscapeDataString("[::1]:9")}", UriKind.Relative), Cancellation);

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.NoContent), (status, deleted.StatusCode));
        Assert.Contains("\"id\":\"[::1]:9\"", created, StringComparison.Ordinal);
    }

    private static async Task<JsonDocument> GetAsync(RunningProxy proxy, string path) =>
        JsonDocument.Parse(await proxy.Client.GetStringAsync(path, Cancellation));

    private static async Task<(HttpStatusCode Status, string Body)> PostAsync(RunningProxy proxy, string body, string type = "application/json")
    {
        using var content = new StringContent(body, Encoding.UTF8, type);
        using HttpResponseMessage response = await proxy.Client.PostAsync(new Uri("/api/engines", UriKind.Relative), content, Cancellation);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Cancellation));
    }
}
