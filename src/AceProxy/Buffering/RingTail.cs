using AceProxy.Splicing;

namespace AceProxy.Buffering;

/// <summary>What is in a ring at a moment, kept there until it is disposed of.</summary>
internal sealed class RingTail : IDisposable
{
    private readonly List<Chunk> _chunks = [];

    /// <param name="unbroken">See <see cref="StreamTail"/>.</param>
    public RingTail(ChunkRing ring, long unbroken)
    {
        for (long sequence = ring.Oldest; ring.TryAcquire(sequence, out Chunk? chunk) == ChunkRead.Acquired; sequence++)
        {
            _chunks.Add(chunk!);
        }

        Packets = new StreamTail([.. _chunks.Select(chunk => chunk.Data)], unbroken);
    }

    public StreamTail Packets { get; }

    public void Dispose()
    {
        _chunks.ForEach(chunk => chunk.Release());
        _chunks.Clear();
    }
}
