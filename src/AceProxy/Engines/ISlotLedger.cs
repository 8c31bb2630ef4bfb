namespace AceProxy.Engines;

/// <summary>What other workers hold of the engines' slots. A worker by itself has nobody to ask.</summary>
internal interface ISlotLedger
{
    /// <summary>Raised when somebody elsewhere has given a slot back.</summary>
    event Action? Freed;

    /// <summary>Whether other workers are there and heard of. False: whatever they do, nobody here knows.</summary>
    bool HearsOthers { get; }

    /// <summary>Slots that others held when it was last heard of them.</summary>
    int Elsewhere(Engine engine);

    /// <summary>Makes it known that this worker takes one more, unless all together would then hold more than there may be.</summary>
    /// <param name="predecessor">The worker whose stream it is for; if it seems to be dead, one of its slots is free for that. Empty: none.</param>
    ValueTask<bool> TryTakeAsync(Engine engine, int most, string predecessor);

    /// <summary>Makes it known that it has given one back.</summary>
    void Release(Engine engine);
}
