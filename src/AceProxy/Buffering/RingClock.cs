using AceProxy.MpegTs;

namespace AceProxy.Buffering;

/// <summary>Looks at what was written to a ring last; from any thread, and only now and then.</summary>
internal static class RingClock
{
    /// <summary>Clocks come every 100 ms at the latest, so with the usual chunk age two would do.</summary>
    private const int MostChunks = 64;

    /// <summary>The newest program clock reference on a PID, in ticks of 27 MHz; null when the newest chunks have none.</summary>
    public static long? Newest(ChunkRing ring, int pid)
    {
        long newest = ring.Next - 1;
        for (long sequence = newest; sequence >= 0 && sequence > newest - MostChunks; sequence--)
        {
            if (ring.TryAcquire(sequence, out Chunk? chunk) != ChunkRead.Acquired)
            {
                return null;
            }

            int at = LastWithClock(chunk!.Bytes, pid, out long clock);
            chunk.Release();
            if (at >= 0)
            {
                return clock;
            }
        }

        return null;
    }

    /// <summary>Where the last packet with a clock begins, on this PID or, for -1, on any; -1 for none.</summary>
    public static int LastWithClock(ReadOnlySpan<byte> packets, int pid, out long clock)
    {
        for (int at = packets.Length - TsPacket.Size; at >= 0; at -= TsPacket.Size)
        {
            ReadOnlySpan<byte> packet = packets.Slice(at, TsPacket.Size);
            if ((pid < 0 || TsPacket.Pid(packet) == pid) && TsPacket.TryGetPcr(packet, out clock))
            {
                return at;
            }
        }

        clock = -1;
        return -1;
    }
}
