namespace AceProxy.EngineSimulator.Contents;

/// <summary>How the end of a live body is told.</summary>
public enum StreamFraming
{
    Chunked,

    /// <summary>Neither length nor chunks: the body ends with the connection.</summary>
    Close,

    /// <summary>Status 206 with a length no stream ever reaches.</summary>
    ContentLength,
}
