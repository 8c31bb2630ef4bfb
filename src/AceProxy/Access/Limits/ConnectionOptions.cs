using AceProxy.Settings;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace AceProxy.Access.Limits;

/// <summary>What the web server takes before there is a request to judge.</summary>
/// <param name="Most">Connections at once; further ones are closed at once.</param>
/// <param name="AnswerTimeout">From an answer's first byte to its last, see <see cref="AnswerDeadline"/>.</param>
internal sealed record ConnectionOptions(int Most, TimeSpan AnswerTimeout)
{
    /// <summary>The request line with the longest link we take, percent-encoded, and little more. Beyond it: 414.</summary>
    private const int LongestRequestLine = 16 * 1024;

    /// <summary>Beyond it, or beyond the number of headers: 431.</summary>
    private const int LongestHeaders = 16 * 1024;

    private const int MostHeaders = 64;

    private const int LongestBody = 64 * 1024;

    /// <summary>
    /// For a request's whole head, however slowly it drips: who is not done by then was never going to be. No player takes a second.
    /// </summary>
    private static readonly TimeSpan HeadTimeout = TimeSpan.FromSeconds(10);

    /// <summary>For the next request on a connection, and for the first one's begin. Longer than a balancer's pause between two checks.</summary>
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(60);

    public static ConnectionOptions Read(SettingsReader settings) => new(
        settings.Integer(
            "MAX_CONNECTIONS", 65536, 100, 1_000_000, "connections", "that are open at once, whoever has them; further ones are closed at once"),
        settings.Seconds("ANSWER_TIMEOUT", 30, 1, 3600, "for taking an answer that is no stream and no events; then its connection is cut"));

    public void Apply(KestrelServerLimits limits)
    {
        limits.MaxConcurrentConnections = Most;
        limits.MaxRequestLineSize = LongestRequestLine;
        limits.MaxRequestHeadersTotalSize = LongestHeaders;
        limits.MaxRequestHeaderCount = MostHeaders;
        limits.MaxRequestBodySize = LongestBody;
        limits.RequestHeadersTimeout = HeadTimeout;
        limits.KeepAliveTimeout = KeepAlive;
        limits.MinResponseDataRate = null; // a slow client is ours to judge, by CLIENT_STALL_TIMEOUT and ANSWER_TIMEOUT
    }
}
