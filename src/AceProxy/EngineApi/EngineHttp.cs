using System.Net;

namespace AceProxy.EngineApi;

/// <summary>
/// The one HTTP client all engine traffic goes through: VLC's name, no compression, no proxy, no cookies, no redirects followed by
/// itself, and a connection of its own for every request, closed by us. Real engines leave 200s open although asked to close, give
/// redirects no length, and serve a second reader garbage; so nothing is pooled, nothing is drained and nothing is sent twice.
/// </summary>
internal static class EngineHttp
{
    public const string ClientName = "engine";

    public static IServiceCollection AddEngineHttp(this IServiceCollection services, EngineApiOptions options)
    {
        services.AddHttpClient(ClientName)
            .ConfigureHttpClient(client =>
            {
                client.Timeout = Timeout.InfiniteTimeSpan; // each phase has its own limit; a live body has none
                client.DefaultRequestVersion = HttpVersion.Version11;
                client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;
                client.DefaultRequestHeaders.TryAddWithoutValidation("User-Agent", options.UserAgent);
                client.DefaultRequestHeaders.TryAddWithoutValidation("Accept-Encoding", "identity");
                client.DefaultRequestHeaders.ConnectionClose = true;
            })
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
            {
                ConnectTimeout = options.ConnectTimeout,
                PooledConnectionLifetime = TimeSpan.Zero, // asking the engine to close is not enough: it keeps 200s open, and they would be reused
                PlaintextStreamFilter = (context, _) => ValueTask.FromResult<Stream>(new SingleAttemptStream(context.PlaintextStream)),
                AllowAutoRedirect = false,
                UseCookies = false,
                UseProxy = false,
                MaxResponseDrainSize = 0,
                ResponseDrainTimeout = TimeSpan.Zero,
                MaxResponseHeadersLength = 16,
            })
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan) // nothing is pooled, so there is nothing to refresh
            .RemoveAllLoggers();
        return services;
    }
}
