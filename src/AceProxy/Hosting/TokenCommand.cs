using AceProxy.Access.Tokens;
using AceProxy.Content;
using AceProxy.Settings;

namespace AceProxy.Hosting;

/// <summary>Makes a token with the keys of this environment: <c>aceproxy token --content … [--ttl s] [--address a]</c>.</summary>
internal static class TokenCommand
{
    /// <summary>The options, and the names that <see cref="TokenRequest"/> has for them.</summary>
    private static readonly Dictionary<string, string> Names = new(StringComparer.Ordinal)
    {
        ["--id"] = "id",
        ["--infohash"] = "infohash",
        ["--url"] = "url",
        ["--magnet"] = "magnet",
        ["--file"] = "_idx",
        ["--ttl"] = "ttl",
        ["--address"] = "address",
    };

    /// <returns>0, or 2 for arguments or keys that cannot be used.</returns>
    public static async Task<int> RunAsync(string[] arguments, IConfiguration environment)
    {
        var settings = new SettingsReader(environment);
        var keys = SigningKeys.Read(settings);
        if (keys.IsEmpty && settings.Problems.Count == 0)
        {
            settings.Problem("STREAM_TOKEN_KEYS", "is not set; it is what a token is signed with");
        }

        if (settings.Problems.Count > 0)
        {
            return await RefuseAsync(new SettingsException(settings.Problems).Message);
        }

        if (FieldsOf(arguments, out string problem) is not { } fields)
        {
            return await RefuseAsync(problem);
        }

        if (TokenRequest.Read(fields, out SelectorError? error) is not { } request)
        {
            string option = arguments.Where((_, at) => at % 2 == 0)
                .FirstOrDefault(option => Names.GetValueOrDefault(option) == error!.Parameter) ?? "--content";
            return await RefuseAsync(fields.ContainsKey(error!.Parameter) ? $"{option} {error.Problem}" : "--content is missing");
        }

        Console.WriteLine(IssuedToken.For(request, new StreamTokens(keys, TimeProvider.System), TimeProvider.System).Path);
        return 0;
    }

    /// <summary>Pairs of option and value.</summary>
    private static Dictionary<string, string>? FieldsOf(string[] arguments, out string problem)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        for (int at = 0; at < arguments.Length; at += 2)
        {
            string option = arguments[at];
            string? value = at + 1 < arguments.Length ? arguments[at + 1] : null;
            string? name = option == "--content" && value is not null ? KindOf(value) : Names.GetValueOrDefault(option);
            problem = name is null && option != "--content" ? $"'{option}' is not known; there are --content, {string.Join(", ", Names.Keys)}"
                : value is null ? $"{option} has no value"
                : $"{option} is given more than once";
            if (name is null || value is null || !fields.TryAdd(name, value))
            {
                return null;
            }
        }

        problem = "";
        return fields;
    }

    /// <summary>What a pasted content looks like; an id and an infohash look the same, and their tokens are the same.</summary>
    private static string KindOf(string content) =>
        content.StartsWith("magnet:", StringComparison.OrdinalIgnoreCase) ? "magnet"
        : content.StartsWith("http:", StringComparison.OrdinalIgnoreCase) || content.StartsWith("https:", StringComparison.OrdinalIgnoreCase) ? "url"
        : "id";

    private static async Task<int> RefuseAsync(string message)
    {
        await Console.Error.WriteLineAsync($"aceproxy token: {message}");
        return 2;
    }
}
