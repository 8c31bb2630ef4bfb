namespace AceProxy.EngineSimulator.Contents;

/// <summary>What a second session of one infohash does to the first, whatever its pid.</summary>
public enum SecondSessionRule
{
    /// <summary>The old playlist turns 403 and the old progressive reader is cut.</summary>
    Supersede,

    /// <summary>Both are one session under two addresses: stopping either stops both.</summary>
    Shared,
}
