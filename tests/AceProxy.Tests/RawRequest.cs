using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace AceProxy.Tests;

/// <summary>A request's head as it came.</summary>
internal sealed record RawRequest(string Head)
{
    public string Target => Head.Split(' ')[1];

    public string Path => Target.Split('?')[0];

    public Dictionary<string, StringValues> Query => QueryHelpers.ParseQuery(Target[Path.Length..]);

    /// <summary>Every value of a header, in order.</summary>
    public string[] Header(string name) =>
    [
        .. Head.Split("\r\n")
            .Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
            .Select(line => line[(name.Length + 1)..].Trim()),
    ];
}
