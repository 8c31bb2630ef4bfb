namespace AceProxy.EngineApi;

/// <summary>An expected failure: which kind, and a sentence for people that includes the engine's own words where it had any.</summary>
internal sealed record EngineFailure(EngineFailureKind Kind, string Message);
