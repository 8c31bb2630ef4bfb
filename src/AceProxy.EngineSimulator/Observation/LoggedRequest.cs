namespace AceProxy.EngineSimulator.Observation;

/// <summary>A request as it came. Header names compare without regard to case; the last of several equal ones is kept.</summary>
public sealed record LoggedRequest(
    DateTimeOffset At,
    string Method,
    string Target,
    string Version,
    IReadOnlyDictionary<string, string> Headers,
    long ConnectionId);
