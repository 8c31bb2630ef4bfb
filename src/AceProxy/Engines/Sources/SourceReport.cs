namespace AceProxy.Engines.Sources;

/// <summary>Where a source stands, for <c>GET /api/engines</c>.</summary>
/// <param name="Engines">As it last named them.</param>
/// <param name="AnsweredAt">When it last did; null: never.</param>
/// <param name="Problem">What is wrong with it now; null: nothing.</param>
internal sealed record SourceReport(string Name, IReadOnlyList<ListedEngine> Engines, DateTimeOffset? AnsweredAt, string? Problem);
