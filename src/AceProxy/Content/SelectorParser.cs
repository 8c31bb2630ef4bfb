using System.Buffers;
using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace AceProxy.Content;

/// <summary>Turns a request's query into a <see cref="ContentSelector"/>, or says which parameter is wrong.</summary>
/// <remarks>Parameters it does not know are ignored: links in the wild carry many (<c>pid</c>, <c>format</c>, player hints).</remarks>
internal static class SelectorParser
{
    /// <summary>Longer addresses and magnet links are refused; the request line as a whole is limited too.</summary>
    public const int LongestLink = 4096;

    /// <summary>More files than any content has; a bound keeps keys short.</summary>
    public const int HighestFileIndex = 9999;

    private const string Scheme = "acestream://";

    private static readonly (string Name, SelectorKind Kind)[] Selectors =
    [
        ("id", SelectorKind.ContentId),
        ("content_id", SelectorKind.ContentId),
        ("infohash", SelectorKind.Infohash),
        ("url", SelectorKind.Url),
        ("magnet", SelectorKind.Magnet),
    ];

    private static readonly SearchValues<char> Hex = SearchValues.Create("0123456789abcdefABCDEF");

    /// <returns>The selector, or null and <paramref name="error"/>.</returns>
    public static ContentSelector? Parse(IQueryCollection query, out SelectorError? error)
    {
        error = null;
        (string Name, SelectorKind Kind, string Value)? found = null;
        foreach ((string name, SelectorKind kind) in Selectors)
        {
            if (!query.TryGetValue(name, out StringValues values))
            {
                continue;
            }

            if (values.Count > 1)
            {
                error = new SelectorError(name, "is given more than once");
                return null;
            }

            if (found is { } other)
            {
                error = new SelectorError(name, $"is given beside '{other.Name}'; name the content once");
                return null;
            }

            found = (name, kind, values.ToString());
        }

        if (found is not { } selector)
        {
            error = new SelectorError("id", "is missing; name the content by one of id, content_id, infohash, url, magnet");
            return null;
        }

        string? value = Normalise(selector.Kind, selector.Value, out string? problem);
        if (value is null)
        {
            error = new SelectorError(selector.Name, problem!);
            return null;
        }

        if (!TryParseFileIndex(query["_idx"], out int fileIndex))
        {
            error = new SelectorError("_idx", $"is not one whole number from 0 to {HighestFileIndex}");
            return null;
        }

        return new ContentSelector(selector.Kind, value, fileIndex);
    }

    private static string? Normalise(SelectorKind kind, string value, out string? problem)
    {
        switch (kind)
        {
            case SelectorKind.ContentId or SelectorKind.Infohash:
                if (kind == SelectorKind.ContentId && value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
                {
                    value = value[Scheme.Length..].TrimEnd('/');
                }

                problem = "is not 40 hexadecimal digits";
                return value.Length == 40 && !value.AsSpan().ContainsAnyExcept(Hex) ? value.ToLowerInvariant() : null;
            case SelectorKind.Url:
                problem = $"is not an absolute http or https address of at most {LongestLink} characters";
                return IsCleanLink(value) && Uri.TryCreate(value, UriKind.Absolute, out Uri? uri)
                    && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps) && uri.UserInfo.Length == 0 ? value : null;
            default:
                problem = $"is not a magnet link with xt=urn:btih: of at most {LongestLink} characters";
                return IsCleanLink(value) && MagnetLink.TryGetInfohash(value, out _) ? value : null;
        }
    }

    private static bool IsCleanLink(string value) =>
        value.Length is > 0 and <= LongestLink && !value.Any(character => char.IsControl(character) || char.IsWhiteSpace(character));

    private static bool TryParseFileIndex(StringValues values, out int index)
    {
        index = 0;
        return values.Count == 0 || (values.Count == 1
            && int.TryParse(values.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out index) && index <= HighestFileIndex);
    }
}
