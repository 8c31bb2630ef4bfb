namespace AceProxy.Delivery.Direct;

/// <summary>Why a client is no longer sent to directly.</summary>
internal enum DirectEnd
{
    /// <summary>It has everything, and no more will come.</summary>
    Completed,

    /// <summary>What comes next for it has been dropped.</summary>
    Lapsed,

    /// <summary>Its connection is gone, or it was ended.</summary>
    Gone,
}
