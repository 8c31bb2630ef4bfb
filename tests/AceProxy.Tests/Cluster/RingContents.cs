using AceProxy.Buffering;

namespace AceProxy.Tests.Cluster;

/// <summary>Copies of what is in a ring.</summary>
internal static class RingContents
{
    public static byte[] Chunk(ChunkRing ring, long sequence)
    {
        Assert.Equal(ChunkRead.Acquired, ring.TryAcquire(sequence, out Chunk? chunk));
        byte[] bytes = chunk!.Bytes.ToArray();
        chunk.Release();
        return bytes;
    }

    /// <summary>Everything from a chunk on.</summary>
    public static byte[] From(ChunkRing ring, long sequence)
    {
        var bytes = new List<byte>();
        for (; sequence < ring.Next; sequence++)
        {
            bytes.AddRange(Chunk(ring, sequence));
        }

        return [.. bytes];
    }
}
