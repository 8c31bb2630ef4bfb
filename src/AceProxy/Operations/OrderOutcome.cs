namespace AceProxy.Operations;

/// <summary>What has become of stopping a stream or ending a client.</summary>
/// <param name="Done">What was stopped or ended: once for each worker that did so.</param>
/// <param name="Unanswered">Workers that are there and did not answer in time; they may have done so or not.</param>
/// <param name="Note">Why this may not be the whole cluster; null if it is.</param>
internal sealed record OrderOutcome(IReadOnlyList<string> Done, IReadOnlyList<string> Unanswered, string? Note);
