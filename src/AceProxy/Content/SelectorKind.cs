namespace AceProxy.Content;

/// <summary>By what a viewer names a content; exactly one per request.</summary>
internal enum SelectorKind
{
    /// <summary>40 hex digits that stand for a published transport file; <c>id</c> and <c>content_id</c> are the same.</summary>
    ContentId,

    /// <summary>40 hex digits: the SHA-1 of the transport file's info dictionary (BEP 3).</summary>
    Infohash,

    /// <summary>An http(s) address of a transport file, which the engine fetches.</summary>
    Url,

    /// <summary>A magnet link (BEP 9) with an <c>xt=urn:btih:</c>.</summary>
    Magnet,
}
