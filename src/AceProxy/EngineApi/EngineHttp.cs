using System.Net;
using AceProxy.EngineApi.Polling;
using AceProxy.Telemetry;

namespace AceProxy.EngineApi;

/// <summary>
/// The HTTP client of all engine traffic: VLC's name, no compression, no proxy, no cookies, no redirects followed by itself, and a
/// connection of its own for every call, closed by us. Real engines leave 200s open although asked to close, give redirects no length,
/// and serve a second reader garbage; so nothing is kept for another call, nothing is drained and nothing is sent twice.
/// </summary>
internal static class EngineHttp
{
    private const string Name = "engine";
    private static readonly HttpRequestOptionsKey<bool> IsStream = new("AceProxy.IsStream");

    public static IServiceCollection AddEngineHttp(this IServiceCollection services, EngineApiOptions options)
    {
        services.AddHttpClient(Name)
            .ConfigureHttpClient(client =>
            {
                client.Timeout = Timeout.InfiniteTimeSpan; // each phase has its own limit; a live body has none
                client.DefaultRequestVersion = HttpVersion.Version11;
                client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;
                client.DefaultRequestHeaders.TryAddWithoutValidation("User-Agent", options.UserAgent);
                client.DefaultRequestHeaders.TryAddWithoutValidation("Accept-Encoding", "identity");
                client.DefaultRequestHeaders.ConnectionClose = true;
            })
            .ConfigurePrimaryHttpMessageHandler(() => new SingleCallHandler(() => CreateHandler(options)))
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan) // it holds nothing, so there is nothing to refresh
            .RemoveAllLoggers();
        return services;
    }

    public static HttpClient CreateEngineClient(this IHttpClientFactory clients) => clients.CreateClient(Name);

    /// <summary>A request for a stream without end, whose connection is read by the <see cref="PollLoop"/> where there is one.</summary>
    public static HttpRequestMessage StreamRequest(Uri uri)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, uri) { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Options.Set(IsStream, true);
        return request;
    }

    private static SocketsHttpHandler CreateHandler(EngineApiOptions options) => new()
    {
        ConnectTimeout = options.ConnectTimeout,
        ConnectCallback = ConnectAsync,
        ActivityHeadersPropagator = TracePropagator.Instance,
        PlaintextStreamFilter = (context, _) => ValueTask.FromResult<Stream>(new SingleAttemptStream(context.PlaintextStream)),
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        MaxResponseDrainSize = 0,
        ResponseDrainTimeout = TimeSpan.Zero,
        MaxResponseHeadersLength = 16,
    };

    private static ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation) =>
        context.InitialRequestMessage.Options.TryGetValue(IsStream, out bool isStream) && isStream && PollLoop.Shared is { } loop
            ? PolledConnector.ConnectAsync(loop, context.DnsEndPoint, cancellation)
            : TcpConnection.OpenAsync(context.DnsEndPoint, null, cancellation);
}
