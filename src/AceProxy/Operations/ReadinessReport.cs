namespace AceProxy.Operations;

/// <summary>The body of <c>/readyz</c>.</summary>
internal sealed record ReadinessReport(bool Ready, IReadOnlyList<string> Obstacles);
