using Microsoft.AspNetCore.WebUtilities;

namespace AceProxy.Tests;

/// <summary>A request's head as it came.</summary>
internal sealed record RawRequest(string Head)
{
    public string Target => Head.Split(' ')[1];

    public string Path => Target.Split('?')[0];

    /// <summary>Several values of one name are joined by commas.</summary>
    public Dictionary<string, string> Query =>
        QueryHelpers.ParseQuery(Target[Path.Length..]).ToDictionary(pair => pair.Key, pair => pair.Value.ToString());

    /// <summary>Every value of a header, in order.</summary>
    public string[] Header(string name) =>
    [
        .. Head.Split("\r\n")
            .Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
            .Select(line => line[(name.Length + 1)..].Trim()),
    ];
}
