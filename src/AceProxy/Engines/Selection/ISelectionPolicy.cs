namespace AceProxy.Engines.Selection;

/// <summary>Which engine is next among those that are as good as each other otherwise.</summary>
internal interface ISelectionPolicy
{
    /// <summary>What it is called in <c>ENGINE_SELECTION</c>.</summary>
    string Name { get; }

    /// <summary>Refines the order so far; the best comes first. Engines it leaves equal are taken in turn, the longest unused first.</summary>
    IOrderedEnumerable<EngineCandidate> Order(IOrderedEnumerable<EngineCandidate> candidates);
}
