using AceProxy.MpegTs;

namespace AceProxy.Buffering;

/// <summary>
/// Finds out whether the newest part of a ring has been in it before: the same packet, clock and contents. Clocks come round after 26.5
/// hours only, so that is a piece played again. Reads the whole ring: for rare questions, on any thread. A loop longer than the ring,
/// and a stream without clocks, are not seen.
/// </summary>
internal static class RingRepetition
{
    public static bool IsThere(ChunkRing ring)
    {
        byte[] sample = new byte[TsPacket.Size];
        if (NewestWithClock(ring, sample) is not { } newest)
        {
            return false;
        }

        for (long sequence = ring.Oldest; sequence < newest; sequence++)
        {
            if (ring.TryAcquire(sequence, out Chunk? chunk) == ChunkRead.Acquired)
            {
                bool isThere = Contains(chunk!.Bytes, sample);
                chunk.Release();
                if (isThere)
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <returns>The sequence number of the chunk it is in.</returns>
    private static long? NewestWithClock(ChunkRing ring, Span<byte> sample)
    {
        for (long sequence = ring.Next - 1; ring.TryAcquire(sequence, out Chunk? chunk) == ChunkRead.Acquired; sequence--)
        {
            int at = RingClock.LastWithClock(chunk!.Bytes, -1, out _);
            if (at >= 0)
            {
                chunk.Bytes.Slice(at, TsPacket.Size).CopyTo(sample);
            }

            chunk.Release();
            if (at >= 0)
            {
                return sequence;
            }
        }

        return null;
    }

    private static bool Contains(ReadOnlySpan<byte> packets, ReadOnlySpan<byte> sample)
    {
        for (; packets.Length > 0; packets = packets[TsPacket.Size..])
        {
            if (packets[..TsPacket.Size].SequenceEqual(sample))
            {
                return true;
            }
        }

        return false;
    }
}
