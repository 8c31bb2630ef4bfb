namespace AceProxy.Operations;

/// <summary><c>GET /api/engines</c>.</summary>
/// <param name="Engines">Each as often as there are workers that know it.</param>
/// <param name="Sources">Who names engines to the worker that was asked.</param>
/// <param name="Unanswered">Workers that are there and did not answer in time.</param>
/// <param name="Note">Why this may not be the whole cluster; null if it is.</param>
internal sealed record EngineList(
    IReadOnlyList<EngineSummary> Engines, IReadOnlyList<SourceSummary> Sources, IReadOnlyList<string> Unanswered, string? Note);
