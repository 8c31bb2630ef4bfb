namespace AceProxy.EngineSimulator.Contents;

/// <summary>Ids of the demo channel, well known so that manuals and tests can name them.</summary>
public static class DemoContent
{
    /// <summary>The letters "AceProxy demo content" as hex digits, cut to forty.</summary>
    public const string ContentId = "41636550726f78792064656d6f20636f6e74656e";

    /// <summary>The letters "AceProxy infohash #1" as hex digits.</summary>
    public const string Infohash = "41636550726f787920696e666f68617368202331";

    public static ContentScript Script { get; } = new() { ContentId = ContentId, Infohash = Infohash, Name = "AceProxy demo" };
}
