using System.Globalization;
using System.Net;
using AceProxy.Content;
using AceProxy.Telemetry;
using Microsoft.Extensions.Primitives;

namespace AceProxy.Access.Tokens;

/// <summary>What a token is wanted for, whoever asks: the body of <c>POST /api/tokens</c> or the command line.</summary>
/// <param name="Address">The only address it shall hold for; null for all.</param>
internal sealed record TokenRequest(ContentSelector Selector, TimeSpan Life, string? Address)
{
    /// <summary>An evening.</summary>
    private static readonly TimeSpan DefaultLife = TimeSpan.FromHours(6);

    private static readonly string[] OfContent = ["id", "content_id", "infohash", "url", "magnet", "_idx"];

    /// <param name="fields">The content as a player names it in the query, <c>ttl</c> in seconds, <c>address</c>; each at most once.</param>
    /// <returns>Null and what is wrong, with the field.</returns>
    public static TokenRequest? Read(IEnumerable<KeyValuePair<string, string>> fields, out SelectorError? error)
    {
        var query = new Dictionary<string, StringValues>(StringComparer.Ordinal);
        TimeSpan life = DefaultLife;
        string? address = null;
        foreach ((string name, string value) in fields)
        {
            switch (name)
            {
                case "ttl":
                    if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds)
                        || seconds < 1 || seconds > StreamTokens.LongestLife.TotalSeconds)
                    {
                        error = new SelectorError(name, $"is not a whole number of seconds from 1 to {StreamTokens.LongestLife.TotalSeconds:0}");
                        return null;
                    }

                    life = TimeSpan.FromSeconds(seconds);
                    break;
                case "address":
                    if (!IPAddress.TryParse(value, out IPAddress? parsed))
                    {
                        error = new SelectorError(name, "is not an IP address");
                        return null;
                    }

                    address = ClientAddress.Plain(parsed).ToString();
                    break;
                case var _ when OfContent.Contains(name):
                    query[name] = value;
                    break;
                default:
                    error = new SelectorError(Words.Tame(name), $"is not known; there are {string.Join(", ", OfContent)}, ttl and address");
                    return null;
            }
        }

        return SelectorParser.Parse(new QueryCollection(query), out error) is { } selector ? new TokenRequest(selector, life, address) : null;
    }
}
