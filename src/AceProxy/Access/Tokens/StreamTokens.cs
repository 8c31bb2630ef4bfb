using System.Buffers.Text;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using AceProxy.Content;
using Microsoft.Extensions.Primitives;

namespace AceProxy.Access.Tokens;

/// <summary>
/// Makes and verifies what lets a player watch one content for a time: <c>keyId.expires.scope.mac</c>, where <c>expires</c> is in Unix
/// seconds, <c>scope</c> is <c>a</c> for a token that holds for one address and <c>-</c> for one that holds for all, and <c>mac</c> is the
/// HMAC-SHA256 in Base64url over those, the content and the address. Content and address are the request's, so that no other will do.
/// </summary>
/// <remarks>
/// A ticket is the same with another purpose in its MAC: a gateway gives it to a player that it redirects, instead of the player's token,
/// which no redirect ever carries. It holds for that address only and for <see cref="TicketLifetime"/>.
/// </remarks>
internal sealed class StreamTokens(SigningKeys keys, TimeProvider time)
{
    /// <summary>The query parameter that a token, or the viewer key, is in.</summary>
    public const string Parameter = "token";

    /// <summary>The query parameter of a ticket.</summary>
    public const string TicketParameter = "ticket";

    /// <summary>A month; for ever is what the viewer key is for.</summary>
    public static readonly TimeSpan LongestLife = TimeSpan.FromDays(31);

    /// <summary>For the player to follow a redirect, and to do it again after its connection was cut.</summary>
    public static readonly TimeSpan TicketLifetime = TimeSpan.FromMinutes(1);

    private const int LongestToken = 128;
    private const string Bound = "a";
    private const string Unbound = "-";

    /// <summary>The token of a request, from its query or <c>Authorization: Bearer</c>, and its ticket; empty where there is none. Two are none.</summary>
    public static string Of(HttpRequest request, out string ticket)
    {
        ticket = One(request.Query[TicketParameter]);
        string token = One(request.Query[Parameter]);
        return token.Length > 0 ? token : OperatorGate.BearerOf(request);
    }

    /// <summary>The query without tokens and tickets, everything else as it was written.</summary>
    public static string RemoveFrom(QueryString query)
    {
        IEnumerable<string> left = (query.Value ?? "").TrimStart('?').Split('&').Where(pair =>
        {
            string name = Uri.UnescapeDataString(pair.Split('=')[0]);
            return !name.Equals(Parameter, StringComparison.OrdinalIgnoreCase) && !name.Equals(TicketParameter, StringComparison.OrdinalIgnoreCase);
        });
        return $"?{string.Join('&', left)}";
    }

    /// <summary>False: there is no key to sign with.</summary>
    public bool CanIssue => !keys.IsEmpty;

    /// <param name="expires">Whole seconds count.</param>
    /// <param name="address">The only address it holds for, as <see cref="ClientAddress"/> writes it; null for all.</param>
    public string Issue(ContentKey content, DateTimeOffset expires, string? address) => Issue(Purpose.Token, content, expires, address);

    public string IssueTicket(ContentKey content, string address) =>
        Issue(Purpose.Ticket, content, time.GetUtcNow() + TicketLifetime, address);

    public TokenVerdict Verify(string token, ContentKey content, string address) => Verify(Purpose.Token, token, content, address);

    public TokenVerdict VerifyTicket(string ticket, ContentKey content, string address) => Verify(Purpose.Ticket, ticket, content, address);

    private string Issue(Purpose purpose, ContentKey content, DateTimeOffset expires, string? address)
    {
        SigningKey key = keys.All[0];
        string head = string.Create(CultureInfo.InvariantCulture, $"{key.Id}.{expires.ToUnixTimeSeconds()}.{(address is null ? Unbound : Bound)}");
        return $"{head}.{Mac(key, purpose, head, content, address ?? "")}";
    }

    private TokenVerdict Verify(Purpose purpose, string token, ContentKey content, string address)
    {
        if (token.Length > LongestToken || token.Split('.') is not [var id, var expires, var scope, var mac] || keys.Find(id) is not { } key
            || scope is not (Bound or Unbound) || !long.TryParse(expires, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds))
        {
            return TokenVerdict.Wrong;
        }

        // As text: of what could be decoded in two ways, only the one that we write is right.
        string right = Mac(key, purpose, token[..token.LastIndexOf('.')], content, scope == Bound ? address : "");
        if (!CryptographicOperations.FixedTimeEquals(MemoryMarshal.AsBytes(mac.AsSpan()), MemoryMarshal.AsBytes(right.AsSpan())))
        {
            return TokenVerdict.Wrong;
        }

        return time.GetUtcNow().ToUnixTimeSeconds() < seconds ? TokenVerdict.Valid : TokenVerdict.Expired;
    }

    /// <summary>A line for each part, none of which can hold a line's end, so that no two different sets of parts look the same.</summary>
    private static string Mac(SigningKey key, Purpose purpose, string head, ContentKey content, string address)
    {
        string signed = $"aceproxy {purpose} 1\n{head}\n{content}\n{address}";
        return Base64Url.EncodeToString(HMACSHA256.HashData(key.Secret, Encoding.UTF8.GetBytes(signed)));
    }

    private static string One(StringValues values) => values.Count == 1 ? values.ToString() : "";

    private enum Purpose
    {
        Token,
        Ticket,
    }
}
