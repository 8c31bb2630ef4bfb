namespace AceProxy.MpegTs;

/// <summary>
/// A packet without payload that announces a jump on its PID: continuity counter and, on the PCR PID, the clock need not follow
/// from what came before (ISO/IEC 13818-1, 2.4.3.5, discontinuity_indicator).
/// </summary>
internal static class DiscontinuityMarker
{
    private const byte AdaptationFieldOnly = 0x20;
    private const byte Discontinuity = 0x80;

    /// <param name="packet">One packet's room.</param>
    /// <param name="pid">The PID that jumps.</param>
    /// <param name="counter">
    /// The counter of the payload packet before the one that comes next: a packet without payload does not count (2.4.3.3).
    /// </param>
    public static void Write(Span<byte> packet, int pid, int counter)
    {
        packet = packet[..TsPacket.Size];
        packet.Fill(0xFF);
        packet[0] = TsPacket.SyncByte;
        packet[1] = (byte)(pid >> 8);
        packet[2] = (byte)pid;
        packet[3] = (byte)(AdaptationFieldOnly | counter);
        packet[4] = TsPacket.Size - TsPacket.HeaderSize - 1;
        packet[5] = Discontinuity;
    }

    /// <summary>Whether the packet is one that <see cref="Write"/> wrote.</summary>
    public static bool Is(ReadOnlySpan<byte> packet) =>
        (packet[3] & 0xF0) == AdaptationFieldOnly
        && packet[5] == Discontinuity
        && packet[4] == TsPacket.Size - TsPacket.HeaderSize - 1
        && packet[6..TsPacket.Size].IndexOfAnyExcept((byte)0xFF) < 0;
}
