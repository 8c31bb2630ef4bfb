using System.Globalization;
using System.Text.Json.Serialization;
using AceProxy.Content;

namespace AceProxy.Access.Tokens;

/// <summary>A token and what it is for.</summary>
internal sealed record IssuedToken
{
    public required string Token { get; init; }

    /// <summary>The content's key, as it was named.</summary>
    public required string Content { get; init; }

    [JsonPropertyName("expires_at")]
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>What a player asks for, behind the proxy's own address.</summary>
    public required string Path { get; init; }

    public static IssuedToken For(TokenRequest request, StreamTokens tokens, TimeProvider time)
    {
        var content = ContentKey.AsAsked(request.Selector);
        var expires = DateTimeOffset.FromUnixTimeSeconds((time.GetUtcNow() + request.Life).ToUnixTimeSeconds());
        string token = tokens.Issue(content, expires, request.Address);
        ContentSelector selector = request.Selector;
        string file = selector.FileIndex == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"&_idx={selector.FileIndex}");
        return new IssuedToken
        {
            Token = token,
            Content = content.Value,
            ExpiresAt = expires,
            Path = $"/ace/getstream?{selector.EngineParameter}={Uri.EscapeDataString(selector.Value)}{file}&{StreamTokens.Parameter}={token}",
        };
    }
}
