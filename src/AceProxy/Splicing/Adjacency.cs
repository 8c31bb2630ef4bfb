using AceProxy.MpegTs;

namespace AceProxy.Splicing;

/// <summary>
/// Proves that a connection begins with exactly the packet behind a tail: no packet of theirs is the same, so there is less to go by. Every
/// PID's continuity counter must count on and the clock be the next. Counters count to 16: a hole of 16 packets of the video between two of
/// the sound would agree with all that. So the stream must run at a constant rate, too, and the clock agree with the number of packets; with
/// a variable rate nothing can tell, and it is not taken for granted.
/// </summary>
internal static class Adjacency
{
    /// <summary>How far back the counters are looked for: 3 s of an 8 Mbit/s stream.</summary>
    private const int MostPackets = 16384;

    private const byte None = 0xFF;

    /// <param name="ticks">The connection's first reading, in the newest packet that is held.</param>
    public static bool IsProven(StreamTail tail, TailClock clock, HeldPackets held, long ticks) =>
        clock.Source.IsReference
        && held.First == 0
        && clock.IsNext(ticks)
        && clock.IsInPace(ticks, (int)held.End - 1)
        && CountersCountOn(tail, clock.Source.Pid, held);

    private static bool CountersCountOn(StreamTail tail, int clockPid, HeldPackets held)
    {
        Span<byte> counters = stackalloc byte[TsPacket.PidCount];
        counters.Fill(None);
        TailCursor cursor = tail.Backwards();
        for (int packets = 0; packets < MostPackets && cursor.MovePrevious(); packets++)
        {
            ref byte counter = ref counters[TsPacket.Pid(cursor.Current)];
            counter = counter == None ? (byte)TsPacket.ContinuityCounter(cursor.Current) : counter;
        }

        if (counters[clockPid] == None)
        {
            return false;
        }

        for (long number = held.First; number < held.End; number++)
        {
            ReadOnlySpan<byte> packet = held[number];
            int pid = TsPacket.Pid(packet);
            int expected = (counters[pid] + (TsPacket.HasPayload(packet) ? 1 : 0)) & 0x0F;
            if (TsPacket.TransportError(packet)
                || (pid != TsPacket.NullPid && counters[pid] != None && TsPacket.ContinuityCounter(packet) != expected))
            {
                return false;
            }

            counters[pid] = (byte)TsPacket.ContinuityCounter(packet);
        }

        return true;
    }
}
