namespace AceProxy.Content;

/// <summary>A content to play: the key it is shared by, and the selectors to open it with, at least one, tried in order.</summary>
internal sealed record ContentRequest(ContentKey Key, IReadOnlyList<ContentSelector> Selectors)
{
    /// <summary>
    /// A content whose infohash nobody has told yet. People paste infohashes as ids, so an id that the engine does not know is tried once as
    /// one.
    /// </summary>
    public static ContentRequest Unresolved(ContentSelector selector) => new(
        ContentKey.ForUnresolved(selector),
        selector.Kind == SelectorKind.ContentId ? [selector, selector with { Kind = SelectorKind.Infohash }] : [selector]);
}
