using System.Diagnostics;
using System.Net;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.EngineSimulator.Observation;
using AceProxy.Tests.Functional;
using AceProxy.Tests.Gateway;

namespace AceProxy.Tests.Telemetry;

/// <summary>The trace of a client's start.</summary>
public sealed class TraceTests
{
    private const string Request = "Microsoft.AspNetCore.Hosting.HttpRequestIn";

    private static readonly string[] OfAStart =
        ["client.join", "open.resolve", "stream.open", "open.queue", "open.session", "open.header", "open.first_byte"];

    [Fact]
    public async Task Start_OfANewStream_IsOneTraceThatGoesOnToTheEngine()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped());
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine, ("ENGINE_STAT_INTERVAL", "0.2"), ("PROXY_GRACE_PERIOD", "0"));
        using var spans = new Spans();

        using (HttpResponseMessage response = await spans.GetAsync(proxy.Client, $"id={content.ContentId}"))
        {
            await spans.UntilAsync(OfAStart);
            await engine.WaitUntilAsync(one => one.Requests.Count(IsStatistics) > 2, SafetyNet.Limit, TestContext.Current.CancellationToken);
        }

        await spans.UntilAsync(Request);
        Assert.Equal(spans.Outside, spans.Single(Request).ParentSpanId);
        Assert.Equal(spans.Single(Request).SpanId, spans.Single("client.join").ParentSpanId);
        Assert.All(["open.resolve", "stream.open"], name => Assert.Equal(spans.Single("client.join").SpanId, spans.Single(name).ParentSpanId));
        Assert.All(
            OfAStart.Where(name => name.StartsWith("open.", StringComparison.Ordinal) && name != "open.resolve"),
            name => Assert.Equal(spans.Single("stream.open").SpanId, spans.Single(name).ParentSpanId));
        Assert.Equal(engine.EndPoint.ToString(), spans.Single("open.session").GetTagItem("aceproxy.engine"));
        Assert.Equal("playing", spans.Single("client.join").GetTagItem("aceproxy.outcome"));
        Assert.Equal(OfAStart.Length + 1, spans.All.Count); // nothing of what the stream did later

        string[] parents = [.. engine.Requests.Where(request => request.Headers.ContainsKey("traceparent")).Select(request => request.Headers["traceparent"])];
        Assert.All(
            ["open.resolve", "open.session", "open.header"],
            name => Assert.Contains($"00-{spans.Trace}-{spans.Single(name).SpanId}-01", parents));
        Assert.All(engine.Requests.Where(IsStatistics), request => Assert.DoesNotContain("traceparent", request.Headers.Keys));
    }

    [Fact]
    public async Task Start_WhileAnotherClientsStreamOpens_IsLinkedToThatOpening()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped() with { OpenDelay = TimeSpan.FromSeconds(1) });
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine);
        using var first = new Spans();
        using var second = new Spans();

        Task<HttpResponseMessage> one = first.GetAsync(proxy.Client, $"infohash={content.Infohash}");
        await engine.WaitUntilAsync(asked => asked.RequestsTo("/ace/getstream") == 1, SafetyNet.Limit, TestContext.Current.CancellationToken);
        using HttpResponseMessage other = await second.GetAsync(proxy.Client, $"infohash={content.Infohash}");
        using HttpResponseMessage its = await one;
        await first.UntilAsync("stream.open", "client.join");
        await second.UntilAsync("client.join");

        ActivityLink link = Assert.Single(second.Single("client.join").Links);
        Assert.Equal((first.Trace, first.Single("stream.open").SpanId), (link.Context.TraceId, link.Context.SpanId));
        Assert.Empty(first.Single("client.join").Links);
        Assert.DoesNotContain(second.All, span => span.OperationName == "stream.open");
    }

    [Fact]
    public async Task Start_ThatTheEngineRefuses_SaysWhy()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped() with { StartError = "failed to load content" });
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine);
        using var spans = new Spans();

        using HttpResponseMessage response = await spans.GetAsync(proxy.Client, $"infohash={content.Infohash}");
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        await spans.UntilAsync("client.join", "stream.open", "open.session", Request);

        Assert.All(["client.join", "stream.open", "open.session"], name => Assert.Equal(ActivityStatusCode.Error, spans.Single(name).Status));
        Assert.Equal("content_unavailable", spans.Single("open.session").GetTagItem("error.type"));
        Assert.Equal("content_unavailable", spans.Single("client.join").GetTagItem("aceproxy.outcome"));
    }

    [Fact]
    public async Task Start_ThroughAGateway_IsTheSameTrace()
    {
        await using GatewayScene scene = await GatewayScene.StartAsync(1);
        ContentScript script = Contents.Stamped();
        scene.Add(script);
        using var spans = new Spans();

        using (await spans.GetAsync(scene.Gateway.Client, $"id={script.ContentId}"))
        {
            await spans.UntilAsync(OfAStart);
        }

        await SafetyNet.EventuallyAsync(() => spans.All.Count(span => span.OperationName == Request) == 2, () => "a request is not over");
        Activity gateway = spans.All.Single(span => span.ParentSpanId == spans.Outside);
        Activity worker = spans.All.Single(span => span.OperationName == Request && span != gateway);
        Assert.Equal(gateway.SpanId, worker.ParentSpanId);
        Assert.Equal(worker.SpanId, spans.Single("client.join").ParentSpanId);
    }

    private static bool IsStatistics(LoggedRequest request) => request.Target.Contains("skip_player_activity", StringComparison.Ordinal);
}
