namespace AceProxy.Engines;

/// <summary>What other workers hold of the engines' slots. A worker by itself has nobody to ask.</summary>
internal interface ISlotLedger
{
    /// <summary>Raised when somebody elsewhere has given a slot back.</summary>
    event Action? Freed;

    /// <summary>Whether what other workers hold of it can be known now. False: whatever they do, nobody here knows.</summary>
    bool HearsOthers(Engine engine);

    /// <summary>Slots that others held when it was last heard of them.</summary>
    int Elsewhere(Engine engine);

    /// <summary>Makes it known that this worker takes one more, unless all together would then hold more than there may be.</summary>
    /// <param name="predecessor">The worker whose stream it is for: one of its slots is free for that, if it has given it up or seems to be dead. Empty: none.</param>
    ValueTask<bool> TryTakeAsync(Engine engine, int most, string predecessor);

    /// <summary>Makes it known that it has given one back.</summary>
    /// <param name="heir">The worker that takes over what was played in it: for a moment nobody else gets it. Empty: none.</param>
    void Release(Engine engine, string heir);
}
