namespace AceProxy.Engines;

/// <summary>An engine's state, why in words, and since when.</summary>
internal sealed record EngineHealth(EngineState State, string Reason, DateTimeOffset Since)
{
    public bool TakesSessions => State is EngineState.Healthy or EngineState.Degraded;

    /// <summary>What it has should go elsewhere.</summary>
    public bool IsLeaving => State is EngineState.Draining or EngineState.Gone;
}
