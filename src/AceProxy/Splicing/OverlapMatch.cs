namespace AceProxy.Splicing;

/// <summary>What <see cref="OverlapSearch"/> thinks of a place.</summary>
internal enum OverlapMatch
{
    None,

    /// <summary>All agrees, but no time is in it: the next time has to follow closely.</summary>
    Likely,

    Proven,
}
