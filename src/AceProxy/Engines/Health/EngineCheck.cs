namespace AceProxy.Engines.Health;

/// <summary>One round of questions to an engine.</summary>
/// <param name="StatusProblem">What was wrong with the answer to <c>get_status</c>; null: it answered.</param>
/// <param name="Version">Its version, if it said.</param>
/// <param name="IsConnected">Whether it says that it reaches the internet; null: it did not say, as builds that do not know the question.</param>
/// <param name="NetworkProblem">Why it could not be asked; null: it could.</param>
internal sealed record EngineCheck(string? StatusProblem, string? Version, bool? IsConnected, string? NetworkProblem);
