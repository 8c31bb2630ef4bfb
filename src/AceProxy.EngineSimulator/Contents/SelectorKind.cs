namespace AceProxy.EngineSimulator.Contents;

/// <summary>What a request names its content by, in the order the engine looks.</summary>
internal enum SelectorKind
{
    None,
    ContentId,
    Infohash,
    Url,
    Magnet,
}
