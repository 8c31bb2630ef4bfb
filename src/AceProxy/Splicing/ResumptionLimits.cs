namespace AceProxy.Splicing;

/// <summary>How long data is held back after a reconnection.</summary>
/// <param name="Splice">Until the new data has come to where the old broke off.</param>
/// <param name="Keyframe">When it will not, until a random access point.</param>
internal readonly record struct ResumptionLimits(TimeSpan Splice, TimeSpan Keyframe);
