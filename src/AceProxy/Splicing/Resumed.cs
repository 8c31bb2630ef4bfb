namespace AceProxy.Splicing;

/// <summary>How a stream went on after a reconnection.</summary>
internal sealed record Resumed
{
    /// <summary><see cref="JumpReason.None"/>: nothing is missing, and nothing comes twice.</summary>
    public required JumpReason Reason { get; init; }

    /// <summary>From the first packet after the break.</summary>
    public required TimeSpan Took { get; init; }

    /// <summary>Packets of this connection that were left out, because they had been there before or could not be begun with.</summary>
    public required long Left { get; init; }

    /// <summary>By its clock, how far before the tail's end this connection began; null where no clock tells.</summary>
    public required TimeSpan? Overlap { get; init; }

    /// <summary>Of a jump: how much later its place is than the tail's end, or earlier if negative; null where no clock tells.</summary>
    public TimeSpan? Distance { get; init; }

    /// <summary>Of a jump: its place is a random access point.</summary>
    public bool AtRandomAccess { get; init; }

    public bool IsSpliced => Reason == JumpReason.None;
}
