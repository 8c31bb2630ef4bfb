namespace AceProxy.Engines.Selection;

/// <summary>The fewest sessions; among equals those that peers can reach.</summary>
internal sealed class Balanced : ISelectionPolicy
{
    public string Name => "balanced";

    public IOrderedEnumerable<EngineCandidate> Order(IOrderedEnumerable<EngineCandidate> candidates) => candidates
        .ThenBy(candidate => candidate.Sessions)
        .ThenByDescending(candidate => candidate.Engine.Address.IsForwarded);
}
