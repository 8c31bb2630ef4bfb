namespace AceProxy.Operations;

/// <summary>What has become of registering an engine, of draining it, or of taking that back.</summary>
/// <param name="Engine">As the worker that was asked sees it, or another that has it.</param>
/// <param name="Workers">How many have done so.</param>
/// <param name="Unanswered">Workers that are there and did not answer in time; they do so when they read of it in Redis.</param>
/// <param name="Note">Why this may not be the whole cluster; null if it is.</param>
internal sealed record OrderedEngine(EngineSummary Engine, int Workers, IReadOnlyList<string> Unanswered, string? Note);
