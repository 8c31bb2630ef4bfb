namespace AceProxy.MpegTs;

/// <summary>Reads the times in the header of a PES packet (ISO/IEC 13818-1, 2.4.3.6, table 2-21), in ticks of 90 kHz.</summary>
internal static class PesTimestamps
{
    private const int FlagsAt = 7;
    private const int FieldsAt = 9;
    private const int FieldSize = 5;

    /// <summary>False if no PES packet begins in this packet, or one without a time.</summary>
    /// <param name="packet">A whole packet, of any content.</param>
    /// <param name="presentation">When it is shown.</param>
    /// <param name="decoding">When it is decoded: the same unless the header says otherwise.</param>
    public static bool TryRead(ReadOnlySpan<byte> packet, out long presentation, out long decoding)
    {
        presentation = decoding = -1;
        if (!TsPacket.PayloadUnitStart(packet) || TsPacket.IsScrambled(packet))
            return false;

        var header = TsPacket.Payload(packet);
        if (header.Length < FieldsAt + FieldSize || header[0] != 0 || header[1] != 0 || header[2] != 1 || (header[6] & 0xC0) != 0x80)
            return false;

        var flags = header[FlagsAt] >> 6; // '10' presentation time, '11' both
        if (flags < 2)
            return false;

        presentation = decoding = ReadField(header[FieldsAt..]);
        if (flags == 3 && header.Length >= FieldsAt + (2 * FieldSize))
            decoding = ReadField(header[(FieldsAt + FieldSize)..]);
        return true;
    }

    private static long ReadField(ReadOnlySpan<byte> field) =>
        ((long)(field[0] & 0x0E) << 29) | ((long)field[1] << 22) | ((long)(field[2] & 0xFE) << 14) | ((long)field[3] << 7) | ((long)field[4] >> 1);
}
