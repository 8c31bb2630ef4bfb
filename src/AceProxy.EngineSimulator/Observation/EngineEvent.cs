namespace AceProxy.EngineSimulator.Observation;

/// <summary>One state change.</summary>
public sealed record EngineEvent(DateTimeOffset At, EngineEventKind Kind, string Detail);
