namespace AceProxy.MpegTs;

/// <summary>stream_type of the program map (ISO/IEC 13818-1, table 2-34).</summary>
internal static class StreamType
{
    /// <remarks>
    /// Left out are sub-bitstreams that only add to another stream (0x1F, 0x20, 0x22, 0x23, 0x25 and the like): they cannot be
    /// joined by themselves. The user private values are the usual ones of AVS (0x42), Dirac (0xD1), AVS2 and AVS3 (0xD2, 0xD4)
    /// and VC-1 (0xEA).
    /// </remarks>
    public static VideoCodec Codec(byte streamType) => streamType switch
    {
        0x01 or 0x02 => VideoCodec.Mpeg12,
        0x1B => VideoCodec.H264,
        0x24 => VideoCodec.Hevc,
        0x10 or 0x1E or 0x21 or 0x32 or 0x33 or 0x35 => VideoCodec.Other,
        0x42 or 0xD1 or 0xD2 or 0xD4 or 0xEA => VideoCodec.Other,
        _ => VideoCodec.None,
    };
}
