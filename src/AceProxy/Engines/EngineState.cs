namespace AceProxy.Engines;

/// <summary>Whether new sessions go to an engine, as selection and <c>GET /api/engines</c> see it.</summary>
internal enum EngineState
{
    /// <summary>Takes new sessions. One that nobody has asked yet counts as healthy.</summary>
    Healthy,

    /// <summary>Takes new sessions when no healthy engine can.</summary>
    Degraded,

    /// <summary>Its circuit is open: it gets none until it has shown that it is back.</summary>
    Open,

    /// <summary>An operator wants it empty: it gets none, and what it has moves away.</summary>
    Draining,

    /// <summary>No source names it any more: it gets none, what it has moves away, and then it is forgotten.</summary>
    Gone,
}
