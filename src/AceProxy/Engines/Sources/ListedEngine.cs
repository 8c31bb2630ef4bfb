namespace AceProxy.Engines.Sources;

/// <summary>An engine as one source names it.</summary>
/// <param name="Complaint">What the source holds against it, in words; null: nothing.</param>
/// <param name="Draining">Why the source wants it left, in words; null: it does not.</param>
internal sealed record ListedEngine(EngineAddress Address, string? Complaint = null, string? Draining = null);
