using AceProxy.Events;

namespace AceProxy.Operations;

/// <summary>Which events a reader wants. What was lost is told to everybody.</summary>
/// <param name="Kinds">Null: all.</param>
/// <param name="Stream">Null: all.</param>
internal sealed record EventFilter(IReadOnlySet<string>? Kinds, string? Stream)
{
    private static readonly string Gap = EventKind.Gap.Name();

    public bool Wants(LoggedEvent one) =>
        one.Kind == Gap || ((Kinds is null || Kinds.Contains(one.Kind)) && (Stream is null || one.Stream == Stream));
}
