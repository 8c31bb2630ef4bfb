using System.Text;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Tests.Cluster;
using AceProxy.Tests.Functional;

namespace AceProxy.Tests.Telemetry;

/// <summary><c>GET /metrics</c> of the whole program.</summary>
public sealed class MetricsEndpointTests
{
    private const string PrometheusType = "text/plain; version=0.0.4; charset=utf-8";
    private const string OpenMetricsType = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    [Theory]
    [InlineData(null, PrometheusType)]
    [InlineData("*/*", PrometheusType)]
    [InlineData("text/html,application/xhtml+xml,*/*;q=0.8", PrometheusType)]
    [InlineData("application/json", PrometheusType)]
    [InlineData("not a media type", PrometheusType)]
    [InlineData("application/openmetrics-text", OpenMetricsType)]
    [InlineData("application/openmetrics-text; version=0.0.1", OpenMetricsType)]
    [InlineData("application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2", OpenMetricsType)]
    [InlineData("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.7", PrometheusType)]
    [InlineData("application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.7", PrometheusType)]
    [InlineData("application/openmetrics-text;version=1.0.0;q=0,*/*;q=0.1", PrometheusType)]
    [InlineData("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.1,*/*;q=0.7", OpenMetricsType)]
    [InlineData("application/openmetrics-text;version=2.0.0,text/plain;version=0.0.4;q=0.5", PrometheusType)]
    public async Task Get_WhatIsAccepted_DecidesTheFormat(string? accept, string type)
    {
        await using RunningProxy proxy = await RunningProxy.StartAsync(("ENGINES", "none"));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        if (accept is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept", accept);
        }

        using HttpResponseMessage response = await proxy.Client.SendAsync(request, TestContext.Current.CancellationToken);
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal(type, response.Content.Headers.GetValues("Content-Type").Single());
        Assert.Equal(type == OpenMetricsType, text.EndsWith("# EOF\n", StringComparison.Ordinal));
        Assert.Equal(type == OpenMetricsType, text.Contains("# UNIT ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("worker")]
    [InlineData("gateway")]
    public async Task Get_OfEachRole_PassesPromtool(string role)
    {
        ExternalTool.Require("promtool");
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped());
        await using RedisServer redis = await RedisServer.StartAsync();
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine, [("ROLE", role), ("METRICS_PER_STREAM", "on"), .. redis.Settings]);
        using Viewer? viewer = role == "worker" ? await Viewer.JoinAsync(proxy, $"id={content.ContentId}") : null;
        Scrape scrape = await Scrape.OfAsync(proxy.Client);

        (int exitCode, string output) = await ExternalTool.RunAsync("promtool", ["check", "metrics"], Encoding.UTF8.GetBytes(scrape.Text));

        Assert.Equal((0, ""), (exitCode, output));
        Assert.All(["dotnet_process_cpu_time_seconds_total", "dotnet_gc_collections_total", "kestrel_active_connections"], name => Assert.True(scrape.Sum(name) >= 0));
        Assert.Contains("http_server_request_duration_seconds", scrape.Types.Keys);
    }

    [Fact]
    public async Task Get_BothFormats_SayTheSameInTheirOwnWords()
    {
        await using RunningProxy proxy = await RunningProxy.StartAsync(("ENGINES", "none"), ("METRICS_PER_STREAM", "on"));
        Scrape text = await Scrape.OfAsync(proxy.Client);
        Scrape open = await Scrape.OfAsync(proxy.Client, isOpenMetrics: true);

        Assert.Equal(text.Types.Keys.Order(), open.Types.Select(type => type.Value == "counter" ? $"{type.Key}_total" : type.Key).Order());
        Assert.All(open.Units, unit => Assert.EndsWith($"_{unit.Value}", unit.Key, StringComparison.Ordinal));
        Assert.All(text.Types, type => Assert.Equal(type.Value == "counter", type.Key.EndsWith("_total", StringComparison.Ordinal)));
        Assert.Equal(
            text.Samples.Keys.Where(IsOurs).Order(), open.Samples.Keys.Where(IsOurs).Order());

        static bool IsOurs(string sample) => sample.StartsWith("aceproxy_", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Readme_HasTheMetricsThereAre()
    {
        await using RedisServer redis = RedisServer.Absent();
        await using RunningProxy worker = await RunningProxy.StartAsync([("ENGINES", "none"), ("METRICS_PER_STREAM", "on"), .. redis.Settings]);
        await using RunningProxy gateway = await RunningProxy.StartAsync([("ROLE", "gateway"), .. redis.Settings]);
        Dictionary<string, string> there = new(StringComparer.Ordinal);
        foreach (RunningProxy proxy in (RunningProxy[])[worker, gateway])
        {
            Scrape scrape = await Scrape.OfAsync(proxy.Client, isOpenMetrics: true);
            foreach ((string name, string kind) in scrape.Types.Where(type => type.Key.StartsWith("aceproxy_", StringComparison.Ordinal)))
            {
                there[kind == "counter" ? $"{name}_total" : name] = $"{kind} {scrape.Units.GetValueOrDefault(name)?.Replace("_per_", "/", StringComparison.Ordinal)}";
            }
        }

        Assert.Equal(
            there.Select(metric => $"{metric.Key} {metric.Value}").Order(),
            DocumentedMetric.All.Select(metric => $"{metric.Name} {metric.Type} {metric.Unit}").Order());
        Assert.All(DocumentedMetric.All, metric => Assert.NotEmpty(metric.Meaning));
    }
}
