namespace AceProxy.Content;

/// <summary>What a viewer asked for, checked and normalised: hex is lower-case, a pasted <c>acestream://</c> is gone.</summary>
/// <param name="FileIndex">Which file of a multi-file content; 0 is also what the engine takes when none is named.</param>
internal sealed record ContentSelector(SelectorKind Kind, string Value, int FileIndex)
{
    /// <summary>The engine's name of the parameter. <c>id</c> is the older alias of <c>content_id</c>, and every engine still takes it.</summary>
    public string EngineParameter => Kind switch
    {
        SelectorKind.ContentId => "id",
        SelectorKind.Infohash => "infohash",
        SelectorKind.Url => "url",
        _ => "magnet",
    };
}
