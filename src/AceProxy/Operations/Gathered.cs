namespace AceProxy.Operations;

/// <summary>What workers have answered, together.</summary>
/// <param name="Unanswered">Workers that are there and did not answer in time.</param>
/// <param name="Note">Why the answer may not be of the whole cluster; null if it is.</param>
internal sealed record Gathered<T>(IReadOnlyList<T> Items, IReadOnlyList<string> Unanswered, string? Note);
