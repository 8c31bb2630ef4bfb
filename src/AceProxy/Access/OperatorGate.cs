using System.Net;
using Microsoft.Extensions.Primitives;

namespace AceProxy.Access;

/// <summary>
/// Lets operators in: by key, or where none is configured by asking from this machine itself.
/// </summary>
/// <remarks>
/// Without a key, a request is local if its peer is on the loopback after TRUSTED_PROXIES was applied, nothing in it tells of a proxy
/// between (one on this machine that is not trusted would make the whole world local), and it was not sent by a web page in a browser
/// on this machine: its Host is an address or localhost, and its Origin the same. A proxy on this machine that tells nothing at all
/// cannot be told from an operator: with one, set a key.
/// </remarks>
internal sealed class OperatorGate(AccessOptions options)
{
    private const string KeyHeader = "X-Api-Key";
    private const string Bearer = "Bearer ";

    /// <summary>What TRUSTED_PROXIES has believed is gone by now; what is left was said by somebody who is not trusted.</summary>
    private static readonly string[] TracesOfProxies = ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"];

    private static readonly Refusal WrongKey = new(
        StatusCodes.Status401Unauthorized, "An API key is needed",
        $"Send the key in the header {KeyHeader}, or as Authorization: Bearer.", RefusalReason.ApiKey);

    private static readonly Refusal NotLocal = new(
        StatusCodes.Status403Forbidden, "Only from this machine",
        "No API_KEY is configured, and without one only requests from the machine itself, past no proxy, are answered.", RefusalReason.NotLocal);

    /// <returns>Null: let in.</returns>
    public Refusal? Judge(HttpContext context)
    {
        if (options.ApiKeys.IsEmpty)
        {
            return IsLocal(context) ? null : NotLocal;
        }

        StringValues key = context.Request.Headers[KeyHeader];
        return options.ApiKeys.Contain(key.Count > 0 ? key.ToString() : BearerOf(context.Request)) ? null : WrongKey;
    }

    /// <summary>The credentials of <c>Authorization: Bearer</c> (RFC 6750); empty if there are none.</summary>
    public static string BearerOf(HttpRequest request)
    {
        string value = request.Headers.Authorization.ToString();
        return value.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? value[Bearer.Length..].Trim() : "";
    }

    private static bool IsLocal(HttpContext context) =>
        context.Connection.RemoteIpAddress is { } peer && IPAddress.IsLoopback(peer)
        && !TracesOfProxies.Any(context.Request.Headers.ContainsKey)
        && IsForThisMachine(context.Request.Host) && IsOfThisOrigin(context.Request);

    /// <summary>By address or as localhost: another name may be a web page's own, which its owner has pointed at this machine.</summary>
    private static bool IsForThisMachine(HostString host) =>
        host.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || IPAddress.TryParse(host.Host, out _);

    /// <summary>Browsers name the page's origin with whatever could change something.</summary>
    private static bool IsOfThisOrigin(HttpRequest request)
    {
        string origin = request.Headers.Origin.ToString();
        return origin.Length == 0 || origin.Equals($"{request.Scheme}://{request.Host.Value}", StringComparison.OrdinalIgnoreCase);
    }
}
