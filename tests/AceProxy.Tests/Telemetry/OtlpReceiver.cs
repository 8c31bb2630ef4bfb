using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace AceProxy.Tests.Telemetry;

/// <summary>Takes OTLP on a loopback port, as protobuf over HTTP or over gRPC, and reads the names in it (opentelemetry-proto 1.x).</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    /// <summary>Of a message in a gRPC call: whether it is compressed, and its length.</summary>
    private const int GrpcPrefix = 5;

    private readonly WebApplication _app;
    private readonly ConcurrentQueue<(string Path, byte[] Body)> _received = [];

    private OtlpReceiver(bool isGrpc)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = isGrpc ? HttpProtocols.Http2 : HttpProtocols.Http1));
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.MapPost("/v1/{signal}", async (HttpContext context) =>
        {
            _received.Enqueue((context.Request.Path, await ReadAsync(context.Request)));
            context.Response.ContentType = "application/x-protobuf";
        });
        _app.MapPost("/opentelemetry.proto.collector.{signal}.v1.{service}/Export", async (HttpContext context, string signal) =>
        {
            byte[] message = await ReadAsync(context.Request);
            Assert.Equal(message.Length - GrpcPrefix, BinaryPrimitives.ReadInt32BigEndian(message.AsSpan(1)));
            Assert.Equal(0, message[0]); // not compressed
            _received.Enqueue(($"/v1/{signal.TrimEnd('s')}s", message[GrpcPrefix..])); // there is a trace service, and a metrics service
            context.Response.ContentType = "application/grpc";
            await context.Response.Body.WriteAsync(new byte[GrpcPrefix]); // a message of no bytes
            context.Response.AppendTrailer("grpc-status", "0");
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

    public static async Task<OtlpReceiver> StartAsync(bool isGrpc)
    {
        var receiver = new OtlpReceiver(isGrpc);
        await receiver._app.StartAsync();
        return receiver;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static async Task<byte[]> ReadAsync(HttpRequest request)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        return body.ToArray();
    }

    private IEnumerable<byte[]> Bodies(string path) => _received.Where(received => received.Path == path).Select(received => received.Body);

    private IEnumerable<string> At(string path, params int[] fields) => Bodies(path).SelectMany(body => Protobuf.TextAt(body, fields));
}
