namespace AceProxy.Engines.Selection;

/// <summary>Engines that peers can reach before those they cannot, then the fewest sessions: a forwarded port makes for more peers.</summary>
internal sealed class ForwardedFirst : ISelectionPolicy
{
    public string Name => "forwarded-first";

    public IOrderedEnumerable<EngineCandidate> Order(IOrderedEnumerable<EngineCandidate> candidates) => candidates
        .ThenByDescending(candidate => candidate.Engine.Address.IsForwarded)
        .ThenBy(candidate => candidate.Sessions);
}
