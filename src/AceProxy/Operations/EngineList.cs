namespace AceProxy.Operations;

/// <summary><c>GET /api/engines</c>, as the worker that was asked sees it.</summary>
internal sealed record EngineList(IReadOnlyList<EngineSummary> Engines, IReadOnlyList<SourceSummary> Sources);
