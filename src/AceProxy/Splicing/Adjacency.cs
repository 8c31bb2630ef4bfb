using AceProxy.MpegTs;

namespace AceProxy.Splicing;

/// <summary>
/// Judges whether a connection begins with exactly the packet behind a tail: no packet of theirs is the same, so there is less to go by. The
/// clock must be the next, and every PID's continuity counter count on. Counters count to 16: a hole of 16 packets of the video between two
/// of the sound would agree with all that. So the stream must run at a constant rate, too, and the clock agree with the number of packets;
/// with a variable rate nothing can tell, and it is not taken for granted.
/// </summary>
internal static class Adjacency
{
    /// <summary>How far back the counters are looked for: 3 s of an 8 Mbit/s stream.</summary>
    private const int MostPackets = 16384;

    /// <summary>PIDs that came within so many packets before the end have to come again before it is proven.</summary>
    private const int Recent = 1024;

    private const byte None = 0xFF;

    /// <param name="ticks">The reading in the newest packet that is held.</param>
    /// <param name="isFirst">It is the connection's first.</param>
    /// <returns>Null: nothing speaks against it yet, but not every PID has been seen.</returns>
    public static bool? IsProven(StreamTail tail, TailClock clock, HeldPackets held, long ticks, bool isFirst)
    {
        if (!clock.Source.IsReference || held.First > 0 || (isFirst && !clock.IsNext(ticks)) || !clock.IsInPace(ticks, (int)held.End - 1))
        {
            return false;
        }

        Span<byte> counters = stackalloc byte[TsPacket.PidCount];
        counters.Fill(None);
        HashSet<int> awaited = [];
        TailCursor cursor = tail.Backwards();
        for (int packets = 0; packets < MostPackets && cursor.MovePrevious(); packets++)
        {
            int pid = TsPacket.Pid(cursor.Current);
            if (pid != TsPacket.NullPid && counters[pid] == None)
            {
                counters[pid] = (byte)TsPacket.ContinuityCounter(cursor.Current);
                _ = packets < Recent && awaited.Add(pid);
            }
        }

        for (long number = 0; number < held.End; number++)
        {
            ReadOnlySpan<byte> packet = held[number];
            int pid = TsPacket.Pid(packet);
            int expected = (counters[pid] + (TsPacket.HasPayload(packet) ? 1 : 0)) & 0x0F;
            if (TsPacket.TransportError(packet) || (counters[pid] != None && TsPacket.ContinuityCounter(packet) != expected))
            {
                return false;
            }

            counters[pid] = pid == TsPacket.NullPid ? None : (byte)TsPacket.ContinuityCounter(packet);
            awaited.Remove(pid);
        }

        return awaited.Count == 0 ? true : null;
    }
}
