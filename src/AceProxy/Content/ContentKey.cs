using System.Security.Cryptography;
using System.Text;

namespace AceProxy.Content;

/// <summary>
/// The canonical name of a content, equal for all selectors that mean the same: the infohash, with <c>.n</c> behind it for a file other
/// than the first. A <c>url</c> whose infohash the engine would not tell is named by a digest of itself. Safe in a log, a path and a
/// Redis hash tag: letters, digits, dot and dash only.
/// </summary>
internal readonly record struct ContentKey(string Value)
{
    public static ContentKey ForInfohash(string infohash, int fileIndex) => new(fileIndex == 0 ? infohash : $"{infohash}.{fileIndex}");

    public static ContentKey ForUnresolved(ContentSelector selector) => selector.Kind switch
    {
        // A content id that nobody could resolve is tried as an infohash too, so it shares that name.
        SelectorKind.ContentId or SelectorKind.Infohash => ForInfohash(selector.Value, selector.FileIndex),
        _ => ForInfohash($"url-{Digest(selector.Value)}", selector.FileIndex),
    };

    /// <summary>As canonical as the selector tells by itself: no engine is asked, so an id is another key than its infohash.</summary>
    public static ContentKey AsAsked(ContentSelector selector) =>
        selector.Kind == SelectorKind.Magnet && MagnetLink.TryGetInfohash(selector.Value, out string infohash)
            ? ForInfohash(infohash, selector.FileIndex)
            : ForUnresolved(selector);

    public override string ToString() => Value;

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..40];
}
