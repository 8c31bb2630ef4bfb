using System.Globalization;
using AceProxy.Hosting;
using AceProxy.Settings;

namespace AceProxy.Top;

/// <summary>What <c>aceproxy top</c> was told.</summary>
internal sealed record TopOptions
{
    private const string KeyOption = "--api-key";

    /// <summary>Ends with a slash.</summary>
    public required Uri Url { get; init; }

    /// <summary>Empty: none.</summary>
    public required string ApiKey { get; init; }

    /// <summary>Where the key is from, to be named when it is refused.</summary>
    public required string KeySource { get; init; }

    /// <summary>From one look to the next.</summary>
    public required TimeSpan Interval { get; init; }

    /// <summary>One frame as plain text.</summary>
    public required bool Once { get; init; }

    /// <returns>Null, and what is wrong.</returns>
    public static TopOptions? Read(string[] arguments, IConfiguration environment, out string problem)
    {
        var given = new Dictionary<string, string>(StringComparer.Ordinal);
        for (int at = 0; at < arguments.Length; at++)
        {
            string option = arguments[at];
            bool isSwitch = option == "--once";
            problem = !isSwitch && option is not ("--url" or KeyOption or "--interval")
                ? $"'{option}' is not known; there are --url, {KeyOption}, --interval and --once"
                : !isSwitch && at + 1 == arguments.Length ? $"{option} has no value"
                : given.ContainsKey(option) ? $"{option} is given more than once"
                : "";
            if (problem.Length > 0)
            {
                return null;
            }

            given[option] = isSwitch ? "" : arguments[++at];
        }

        string url = given.GetValueOrDefault("--url") ?? ListenOptions.First(environment["ASPNETCORE_URLS"]).GetLeftPart(UriPartial.Authority);
        if (!Uri.TryCreate(url.TrimEnd('/') + "/", UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https")
            || address.UserInfo.Length + address.Query.Length + address.Fragment.Length > 0)
        {
            problem = $"--url: '{url}' is not an address such as http://127.0.0.1:8000";
            return null;
        }

        string interval = given.GetValueOrDefault("--interval", "2");
        if (!double.TryParse(interval, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) || seconds is < 0.2 or > 60)
        {
            problem = $"--interval: '{interval}' is not a number of s from 0.2 to 60";
            return null;
        }

        (string key, string source) = KeyOf(given, environment, out problem);
        return problem.Length > 0 ? null : new TopOptions
        {
            Url = address,
            ApiKey = key,
            KeySource = source,
            Interval = TimeSpan.FromSeconds(seconds),
            Once = given.ContainsKey("--once"),
        };
    }

    /// <summary>A worker's own variables, so that nothing is to be said beside one. Of two keys the first, which is the newer.</summary>
    private static (string Key, string Source) KeyOf(Dictionary<string, string> given, IConfiguration environment, out string problem)
    {
        problem = "";
        string source = KeyOption;
        if (!given.TryGetValue(KeyOption, out string? keys))
        {
            var settings = new SettingsReader(environment);
            keys = settings.Secret("API_KEY", "key[,key]", "opens /api");
            problem = string.Join("; ", settings.Problems);
            source = string.IsNullOrWhiteSpace(environment["API_KEY"]) ? "API_KEY_FILE" : "API_KEY";
        }

        string key = keys.Split([',', '\n', '\r'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).FirstOrDefault("");
        if (!key.All(letter => letter is > ' ' and <= '~'))
        {
            problem = $"{source}: has characters other than printable ASCII"; // without repeating it
        }

        return (key, source);
    }
}
