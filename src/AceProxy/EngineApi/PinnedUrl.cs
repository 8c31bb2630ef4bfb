using AceProxy.Engines;

namespace AceProxy.EngineApi;

/// <summary>
/// Every address an engine hands out is taken for its path and query only and pinned to the host and port we were configured with: the
/// engine often names its own idea of its address, and a reply must never send us elsewhere.
/// </summary>
internal static class PinnedUrl
{
    public static Uri? TryPin(EngineAddress engine, string? url)
    {
        // Any base serves: it is only there to make a relative address absolute, and is thrown away with the rest of the authority.
        if (string.IsNullOrWhiteSpace(url) || !Uri.TryCreate(Root(engine), url, out Uri? uri)
            || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps))
        {
            return null;
        }

        // Put behind the authority as text: resolved as a reference, a path that begins with two slashes would name another host.
        return new Uri($"http://{engine.Id}{uri.PathAndQuery}");
    }

    /// <param name="pathAndQuery">Ours, not the engine's.</param>
    public static Uri To(EngineAddress engine, string pathAndQuery) => new(Root(engine), pathAndQuery);

    private static Uri Root(EngineAddress engine) => new($"http://{engine.Id}/");
}
