namespace AceProxy.Engines.Selection;

/// <summary>An engine and what it had at the moment of choosing.</summary>
internal readonly record struct EngineCandidate(Engine Engine, int Sessions);
