namespace AceProxy.Operations;

/// <summary><c>GET /api/clients</c>.</summary>
/// <param name="Clients">Players that are connected, or wait for a start.</param>
/// <param name="Unanswered">Workers that are there and did not answer in time.</param>
/// <param name="Note">Why this may not be the whole cluster; null if it is.</param>
internal sealed record ClientList(IReadOnlyList<ClientSummary> Clients, IReadOnlyList<string> Unanswered, string? Note);
