namespace AceProxy.Splicing;

/// <summary>Why a stream could not go on with the packet that follows.</summary>
internal enum JumpReason
{
    /// <summary>It went on with the packet that follows.</summary>
    None,

    /// <summary>The new data begins behind the tail's end.</summary>
    Gap,

    /// <summary>The times overlap, the contents do not agree.</summary>
    Different,

    /// <summary>The new data reaches the tail's end too late.</summary>
    TooFarBehind,

    /// <summary>The times have nothing to do with each other.</summary>
    OtherClock,

    /// <summary>There are no times to go by.</summary>
    NoClock,
}
