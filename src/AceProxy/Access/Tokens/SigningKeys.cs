using System.Text;
using AceProxy.Settings;

namespace AceProxy.Access.Tokens;

/// <summary>What tokens are signed with. Each key has an id, which its tokens carry, so that two can be in force while one replaces the other.</summary>
/// <param name="All">The first signs, all verify.</param>
internal sealed record SigningKeys(IReadOnlyList<SigningKey> All)
{
    /// <summary>256 random bits are 43 characters of Base64, 64 of hex; anything shorter than this is no random key.</summary>
    private const int ShortestKey = 32;

    private const int LongestId = 16;

    public bool IsEmpty => All.Count == 0;

    public SigningKey? Find(ReadOnlySpan<char> id)
    {
        foreach (SigningKey key in All)
        {
            if (id.SequenceEqual(key.Id))
            {
                return key;
            }
        }

        return null;
    }

    public static SigningKeys Read(SettingsReader settings)
    {
        const string Name = "STREAM_TOKEN_KEYS";
        string text = settings.Secret(
            Name, "id:key[,id:key]", "what stream tokens are signed with; the first signs, a second only verifies; on workers and gateways alike");
        var keys = new List<SigningKey>();
        foreach (string part in text.Split([',', '\n', '\r'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int colon = part.IndexOf(':', StringComparison.Ordinal);
            string id = colon < 0 ? "" : part[..colon];
            string key = part[(colon + 1)..];
            string? problem =
                id.Length is 0 or > LongestId || !id.All(IsOfId) ? $"has a key without an id of up to {LongestId} letters and digits before a colon"
                : key.Length < ShortestKey ? $"has a key, '{id}', of less than {ShortestKey} characters"
                : keys.Any(other => other.Id == id) ? $"has two keys with the id '{id}'"
                : null;
            if (problem is not null)
            {
                settings.Problem(Name, problem);
            }
            else
            {
                keys.Add(new SigningKey(id, Encoding.UTF8.GetBytes(key)));
            }
        }

        if (keys.Count > 2)
        {
            settings.Problem(Name, $"has {keys.Count} keys; there can be two");
        }

        return new SigningKeys(keys);
    }

    private static bool IsOfId(char letter) => char.IsAsciiLetterOrDigit(letter);
}
