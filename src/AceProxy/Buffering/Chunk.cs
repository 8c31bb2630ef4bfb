namespace AceProxy.Buffering;

/// <summary>An immutable run of whole TS packets with its place in the stream.</summary>
/// <param name="frame">Where its frame begins in the slab, see <see cref="ChunkFrame"/>.</param>
/// <param name="offset">Where its data begins.</param>
/// <param name="footprint">The memory it takes, see <see cref="Footprint"/>.</param>
internal sealed class Chunk(long sequence, long firstPacket, Slab slab, int frame, int offset, int length, int footprint, long closedAt)
{
    /// <summary>Counts from 0 per stream, without gaps, over reconnections too.</summary>
    public long Sequence { get; } = sequence;

    /// <summary>The number in the stream of its first packet.</summary>
    public long FirstPacket { get; } = firstPacket;

    /// <summary>The <see cref="TimeProvider"/> timestamp at which it was closed.</summary>
    public long ClosedAt { get; } = closedAt;

    public int Length { get; } = length;

    /// <summary>Bytes of slabs that go with it: whole pages, and what was left of a slab that had no room for it.</summary>
    public int Footprint { get; } = footprint;

    public int FramedLength => offset - frame + Length + ChunkFrame.Tail;

    /// <summary>Valid only while a reference is held, see <see cref="ChunkRing.TryAcquire"/>.</summary>
    public ReadOnlyMemory<byte> Data => Slab.Memory.Slice(offset, Length);

    /// <summary>The same.</summary>
    public ReadOnlySpan<byte> Bytes => Slab.GetSpan().Slice(offset, Length);

    /// <summary>The same in its frame.</summary>
    public ReadOnlyMemory<byte> Framed => Slab.Memory.Slice(frame, FramedLength);

    /// <summary>Where the frame is in the slab's memory.</summary>
    public int FrameOffset => frame;

    public void Release() => Slab.Release();

    internal Slab Slab { get; } = slab;
}
