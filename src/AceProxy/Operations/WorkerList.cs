namespace AceProxy.Operations;

/// <summary><c>GET /api/workers</c>.</summary>
/// <param name="Workers">Those that do not answer included.</param>
/// <param name="Note">Why this may not be the whole cluster; null if it is.</param>
internal sealed record WorkerList(IReadOnlyList<WorkerSummary> Workers, string? Note);
