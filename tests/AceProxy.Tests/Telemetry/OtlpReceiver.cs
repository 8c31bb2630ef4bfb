using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AceProxy.Tests.Telemetry;

/// <summary>Takes OTLP over HTTP with protobuf on a loopback port, and reads the names in it (opentelemetry-proto 1.x).</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<(string Path, byte[] Body)> _received = [];

    private OtlpReceiver()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.MapPost("/v1/{signal}", async (HttpContext context) =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            _received.Enqueue((context.Request.Path, body.ToArray()));
            context.Response.ContentType = "application/x-protobuf";
        });
    }

    public string Address => _app.Urls.Single();

    /// <summary>ExportMetricsServiceRequest: resource_metrics, scope_metrics, metrics, name.</summary>
    public HashSet<string> Metrics => [.. At("/v1/metrics", 1, 2, 2, 1)];

    /// <summary>ExportTraceServiceRequest: resource_spans, scope_spans, spans, name.</summary>
    public HashSet<string> Spans => [.. At("/v1/traces", 1, 2, 2, 5)];

    /// <summary>In hexadecimal.</summary>
    public HashSet<string> Traces => [.. Bodies("/v1/traces").SelectMany(body => Protobuf.At(body, 1, 2, 2, 1)).Select(Convert.ToHexStringLower)];

    /// <summary>What the sender says of itself: the values of its resource's attributes that are texts.</summary>
    public HashSet<string> Resource => [.. At("/v1/traces", 1, 1, 1, 2, 1), .. At("/v1/metrics", 1, 1, 1, 2, 1)];

    public bool HasSeen(string text) => _received.Any(received => received.Body.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0);

    public static async Task<OtlpReceiver> StartAsync()
    {
        var receiver = new OtlpReceiver();
        await receiver._app.StartAsync();
        return receiver;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private IEnumerable<byte[]> Bodies(string path) => _received.Where(received => received.Path == path).Select(received => received.Body);

    private IEnumerable<string> At(string path, params int[] fields) => Bodies(path).SelectMany(body => Protobuf.TextAt(body, fields));
}
