using System.Net;
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

    private static SocketsHttpHandler CreateHandler(EngineApiOptions options) => new()
    {
        ConnectTimeout = options.ConnectTimeout,
        ActivityHeadersPropagator = TracePropagator.Instance,
        PlaintextStreamFilter = (context, _) => ValueTask.FromResult<Stream>(new SingleAttemptStream(context.PlaintextStream)),
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        MaxResponseDrainSize = 0,
        ResponseDrainTimeout = TimeSpan.Zero,
        MaxResponseHeadersLength = 16,
    };
}
