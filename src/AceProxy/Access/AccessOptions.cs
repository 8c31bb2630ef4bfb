using AceProxy.Settings;

namespace AceProxy.Access;

/// <summary>Who gets in, and to what.</summary>
internal sealed record AccessOptions
{
    /// <summary>Shorter ones are refused: they could be guessed.</summary>
    public const int ShortestKey = 16;

    /// <summary>None: only this machine's own requests.</summary>
    public required Secrets ApiKeys { get; init; }

    /// <summary>Whether <c>/metrics</c> wants the API key too.</summary>
    public required bool MetricsWantKey { get; init; }

    /// <summary>Whether players need a token, or one of <see cref="ViewerKeys"/>.</summary>
    public required bool TokensRequired { get; init; }

    /// <summary>What opens every content, without an end.</summary>
    public required Secrets ViewerKeys { get; init; }

    /// <summary>Whether players may name a content by <c>url=</c>, which the engine fetches.</summary>
    public required bool AllowUrl { get; init; }

    /// <summary>Whether players may name a content by <c>magnet=</c>.</summary>
    public required bool AllowMagnet { get; init; }

    public static AccessOptions Read(SettingsReader settings) => new()
    {
        ApiKeys = ReadKeys(settings, "API_KEY", "opens /api; two while one replaces the other; unset: /api answers this machine only", IsPrintable),
        MetricsWantKey = settings.Choice("METRICS_ACCESS", "open", "key", "whether /metrics answers everybody, or whoever has the API key") == "key",
        TokensRequired = settings.Choice("STREAM_TOKENS", "off", "required", "whether players need a signed token, or the viewer key") == "required",
        ViewerKeys = ReadKeys(settings, "VIEWER_KEY", "a token that opens every content and does not expire; two while one replaces the other", IsUnreserved),
        AllowUrl = settings.Switch("ALLOW_URL", true, "whether url= names a content; the engine fetches that address"),
        AllowMagnet = settings.Switch("ALLOW_MAGNET", true, "whether magnet= names a content"),
    };

    private static Secrets ReadKeys(SettingsReader settings, string name, string meaning, Func<char, bool> isAllowed)
    {
        string[] keys = settings.Secret(name, "key[,key]", meaning).Split([',', '\n', '\r'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (keys.Length > 2)
        {
            settings.Problem(name, $"has {keys.Length} keys; there can be two");
        }

        // Without repeating it: what is wrong may be a real key's typing error.
        if (keys.Any(key => key.Length < ShortestKey))
        {
            settings.Problem(name, $"has a key of less than {ShortestKey} characters");
        }
        else if (!keys.All(key => key.All(isAllowed)))
        {
            settings.Problem(name, isAllowed == IsUnreserved
                ? "has characters other than letters, digits, '-', '.', '_' and '~', which an address would have to escape"
                : "has characters other than printable ASCII");
        }

        return new Secrets(keys);
    }

    private static bool IsPrintable(char letter) => letter is > ' ' and <= '~';

    /// <summary>RFC 3986, section 2.3.</summary>
    private static bool IsUnreserved(char letter) => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '.' or '_' or '~';
}
