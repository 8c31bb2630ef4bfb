namespace AceProxy.Operations;

/// <summary><c>GET /api/streams</c>.</summary>
/// <param name="Streams">Each as often as there are workers with clients for it.</param>
/// <param name="Unanswered">Workers that are there and did not answer in time.</param>
/// <param name="Note">Why this may not be the whole cluster; null if it is.</param>
internal sealed record StreamList(IReadOnlyList<StreamSummary> Streams, IReadOnlyList<string> Unanswered, string? Note);
