using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Tests.Deployment;
using AceProxy.Tests.Functional;
using AceProxy.Tests.Hosting;

namespace AceProxy.Tests.Telemetry;

/// <summary>OTLP of the program as a process of its own, whose environment says where to.</summary>
public sealed class OtlpExportTests
{
    private const string Trace = "0af7651916cd43dd8448eb211c80319c";
    private const string TraceOfACheck = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string TraceOfAnother = "5bf92f3577b34da6a3ce929d0e0e4737";
    private const string Secret = "a-token-that-nobody-may-see";

    [Theory]
    [InlineData("http/protobuf")]
    [InlineData("")] // gRPC is the standard's default in .NET
    public async Task Export_EndpointIsSet_MetricsAndTheStartsSpansArriveWithoutSecrets(string protocol)
    {
        await using OtlpReceiver receiver = await OtlpReceiver.StartAsync(isGrpc: protocol.Length == 0);
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped());
        using ProgramProcess program = await ProgramProcess.StartAsync(
            engine, ("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.Address), ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
            ("OTEL_METRIC_EXPORT_INTERVAL", "300"), ("OTEL_BSP_SCHEDULE_DELAY", "200"), ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=a-test"),
            ("PROXY_GRACE_PERIOD", "0"));
        using HttpClient client = Deploy.ClientOf(program.Address);

        await AskAsync(client, "/healthz", TraceOfACheck);
        await WatchAsync(client, content);
        string[] spans = ["client.join", "stream.open", "open.resolve", "open.queue", "open.session", "open.header", "open.first_byte", "GET"];
        string[] metrics = ["aceproxy.clients", "aceproxy.client.joins", "aceproxy.session.opening.duration", "kestrel.active_connections", "dotnet.process.cpu.time"];
        await SafetyNet.EventuallyAsync(
            () => receiver.Spans.IsSupersetOf(spans) && receiver.Metrics.IsSupersetOf(metrics),
            () => $"{string.Join(", ", receiver.Spans)}; {string.Join(", ", receiver.Metrics)}");

        Assert.Contains(Trace, receiver.Traces);
        await AskAsync(client, "/api/streams", TraceOfAnother); // whatever came before it has been sent when this is
        await SafetyNet.EventuallyAsync(() => receiver.Traces.Contains(TraceOfAnother), () => string.Join(", ", receiver.Traces));
        Assert.DoesNotContain(TraceOfACheck, receiver.Traces);
        Assert.Superset(new HashSet<string> { "aceproxy", "a-test" }, receiver.Resource);
        Assert.False(receiver.HasSeen(Secret));
        Assert.DoesNotContain(Secret, (await Scrape.OfAsync(client)).Text, StringComparison.Ordinal);
        Assert.Contains(MapsOf(program), line => line.Contains("OpenTelemetry", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Export_EndpointIsNotSet_NothingOfOpenTelemetryIsLoadedAndOnlyForeignTracesArePassedOn()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped(1));
        SimulatedContent other = engine.Add(Contents.Stamped(2));
        using ProgramProcess program = await ProgramProcess.StartAsync(engine);
        using HttpClient client = Deploy.ClientOf(program.Address);

        using (Viewer viewer = await Viewer.JoinAsync(client, $"id={other.ContentId}"))
        {
            Assert.All(engine.Requests, request => Assert.DoesNotContain("traceparent", request.Headers.Keys));
        }

        await WatchAsync(client, content);
        await Scrape.OfAsync(client);
        Assert.Contains(
            engine.Requests,
            request => request.Target.Contains(content.ContentId, StringComparison.OrdinalIgnoreCase)
                && request.Headers.GetValueOrDefault("traceparent", "").Contains(Trace, StringComparison.Ordinal));
        string[] maps = MapsOf(program);
        Assert.Contains(maps, line => line.Contains("aceproxy.dll", StringComparison.Ordinal));
        Assert.DoesNotContain(maps, line => line.Contains("OpenTelemetry", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Start_EndpointIsNoUrl_NamesTheVariable()
    {
        ProgramRun run = await ProgramRun.ToEndAsync(
            [], [("ENGINES", "none"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector"), ("LOG_FORMAT", "xml"), ("METRICS_PER_STREAM", "yes")],
            TestContext.Current.CancellationToken);

        Assert.NotEqual(0, run.ExitCode);
        Assert.All(
            ["OTEL_EXPORTER_OTLP_ENDPOINT: ", "LOG_FORMAT: ", "METRICS_PER_STREAM: "],
            name => Assert.Contains(name, run.Errors, StringComparison.Ordinal));
    }

    private static Task WatchAsync(HttpClient client, SimulatedContent content) =>
        AskAsync(client, $"/ace/getstream?id={content.ContentId}&token={Secret}", Trace);

    /// <summary>As a part of a trace; only up to the response's header.</summary>
    private static async Task AskAsync(HttpClient client, string path, string trace)
    {
        using CancellationTokenSource net = SafetyNet.Start();
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("traceparent", $"00-{trace}-b7ad6b7169203331-01");
        using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, net.Token);
        response.EnsureSuccessStatusCode();
    }

    private static string[] MapsOf(ProgramProcess program) => File.ReadAllLines($"/proc/{program.Id}/maps");
}
