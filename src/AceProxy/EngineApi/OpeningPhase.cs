namespace AceProxy.EngineApi;

/// <summary>What a viewer of a new content waits for, one after the other.</summary>
internal enum OpeningPhase
{
    /// <summary>An engine's word on which infohash is behind an id.</summary>
    Resolve,

    /// <summary>A free slot on an engine.</summary>
    Queue,

    /// <summary>The engine's reply to the opening.</summary>
    Session,

    /// <summary>The playback URL's response header.</summary>
    Header,

    /// <summary>From there to the first packet.</summary>
    FirstByte,
}
