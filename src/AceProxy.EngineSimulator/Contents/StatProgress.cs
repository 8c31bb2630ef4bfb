namespace AceProxy.EngineSimulator.Contents;

/// <summary>How long a session stays empty, then idle, then prebuffering before it downloads.</summary>
public sealed record StatProgress(TimeSpan Empty = default, TimeSpan Idle = default, TimeSpan Prebuffering = default);
