using AceProxy.MpegTs;

namespace AceProxy.Splicing;

/// <summary>Where a stream's time is read: the clock references of a PID, or where there are none the decoding times.</summary>
internal readonly record struct ClockSource(int Pid, bool IsReference)
{
    /// <summary>The packet's time in ticks of 27 MHz, if it has one of this source.</summary>
    public bool TryRead(ReadOnlySpan<byte> packet, out long ticks)
    {
        ticks = -1;
        if (TsPacket.Pid(packet) != Pid || TsPacket.TransportError(packet))
        {
            return false;
        }

        if (IsReference)
        {
            return TsPacket.TryGetPcr(packet, out ticks);
        }

        bool has = PesTimestamps.TryRead(packet, out _, out long decoding);
        ticks = decoding * StreamTime.TicksPerTimestamp;
        return has;
    }

    /// <summary>A time of any source: no other packet of the stream is the same for a day.</summary>
    public static bool IsTimed(ReadOnlySpan<byte> packet) =>
        !TsPacket.TransportError(packet) && (TsPacket.TryGetPcr(packet, out _) || PesTimestamps.TryRead(packet, out _, out _));
}
