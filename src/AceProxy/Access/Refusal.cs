namespace AceProxy.Access;

/// <summary>Why a request was turned away, and what it is told.</summary>
/// <param name="Status">400, 401 or 403.</param>
/// <param name="Reason">For the metric: one of few.</param>
/// <param name="Parameter">The query parameter at fault, if it is one.</param>
internal sealed record Refusal(int Status, string Title, string Detail, RefusalReason Reason, string? Parameter = null);
