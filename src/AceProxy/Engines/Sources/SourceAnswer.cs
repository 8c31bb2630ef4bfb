namespace AceProxy.Engines.Sources;

/// <summary>What a source said when it was asked.</summary>
/// <param name="Engines">Null: it failed, and what it said before still holds.</param>
/// <param name="Problem">What was wrong, in words: with all of it, or with entries that were left out. Null: nothing.</param>
internal sealed record SourceAnswer(IReadOnlyList<ListedEngine>? Engines, string? Problem)
{
    public static SourceAnswer Failed(string problem) => new(null, problem);
}
