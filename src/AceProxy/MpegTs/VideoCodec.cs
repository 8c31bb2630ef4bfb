namespace AceProxy.MpegTs;

/// <summary>How an elementary stream codes pictures, as far as finding access points goes.</summary>
internal enum VideoCodec
{
    /// <summary>Not video.</summary>
    None,

    /// <summary>MPEG-1 or MPEG-2 video (ISO/IEC 11172-2, ITU-T H.262).</summary>
    Mpeg12,

    /// <summary>ITU-T H.264.</summary>
    H264,

    /// <summary>ITU-T H.265.</summary>
    Hevc,

    /// <summary>Video whose syntax is not looked into: the multiplexer's random_access_indicator decides alone.</summary>
    Other,
}
