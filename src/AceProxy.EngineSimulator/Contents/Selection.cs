namespace AceProxy.EngineSimulator.Contents;

/// <summary>The selector a request used and the content it found, if any.</summary>
internal readonly record struct Selection(SelectorKind Kind, SimulatedContent? Content);
