namespace AceProxy.EngineSimulator.Contents;

/// <summary>How the statistics of a session run on once it downloads.</summary>
public enum StatBehaviour
{
    Normal,

    /// <summary>Every number stands still.</summary>
    Frozen,

    /// <summary>The old stream again and again: <c>live_last</c> no longer advances, bytes do.</summary>
    Looping,

    /// <summary><c>downloaded</c> falls back now and then.</summary>
    Regressing,

    /// <summary>Peers, but neither speed nor bytes.</summary>
    PeersWithoutData,

    /// <summary>Never leaves <c>prebuf</c>: no peers, no bytes.</summary>
    Dead,
}
