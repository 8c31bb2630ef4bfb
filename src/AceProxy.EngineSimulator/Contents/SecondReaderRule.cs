namespace AceProxy.EngineSimulator.Contents;

/// <summary>What the second concurrent reader of one /content path gets. The first is never disturbed.</summary>
public enum SecondReaderRule
{
    /// <summary>A 200 whose headers turn into a second status line, 500 "failed to seek".</summary>
    DoubledStatusLine,

    /// <summary>Nothing at all until the first reader ends, then the stream.</summary>
    WaitForFirst,
}
