using System.Net;

namespace AceProxy.EngineApi;

/// <summary>
/// The HTTP client of all engine traffic: VLC's name, no compression, no proxy, no cookies, no redirects followed by itself, and a
/// connection of its own for every call, closed by us. Real engines leave 200s open although asked to close, give redirects no length,
/// and serve a second reader garbage; so nothing is kept for another call, nothing is drained and nothing is sent twice.
/// </summary>
internal sealed class EngineHttp(EngineApiOptions options)
{
    /// <summary>
    /// For one call and its redirects; the caller disposes it, and with it a handler of its own. A handler that lives on reuses what the
    /// engine left open, and keeps a connection that came about only when its request had been cancelled.
    /// </summary>
    public HttpClient CreateClient()
    {
        var client = new HttpClient(CreateHandler(), disposeHandler: true)
        {
            Timeout = Timeout.InfiniteTimeSpan, // each phase has its own limit; a live body has none
            DefaultRequestVersion = HttpVersion.Version11,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        client.DefaultRequestHeaders.TryAddWithoutValidation("User-Agent", options.UserAgent);
        client.DefaultRequestHeaders.TryAddWithoutValidation("Accept-Encoding", "identity");
        client.DefaultRequestHeaders.ConnectionClose = true;
        return client;
    }

    private SocketsHttpHandler CreateHandler() => new()
    {
        ConnectTimeout = options.ConnectTimeout,
        PlaintextStreamFilter = (context, _) => ValueTask.FromResult<Stream>(new SingleAttemptStream(context.PlaintextStream)),
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        MaxResponseDrainSize = 0,
        ResponseDrainTimeout = TimeSpan.Zero,
        MaxResponseHeadersLength = 16,
    };
}
