namespace AceProxy.Buffering;

/// <summary>An immutable run of whole TS packets with its place in the stream.</summary>
internal sealed class Chunk(long sequence, long firstPacket, Slab slab, int offset, int length, long closedAt)
{
    /// <summary>Counts from 0 per stream, without gaps, over reconnections too.</summary>
    public long Sequence { get; } = sequence;

    /// <summary>The number in the stream of its first packet.</summary>
    public long FirstPacket { get; } = firstPacket;

    /// <summary>The <see cref="TimeProvider"/> timestamp at which it was closed.</summary>
    public long ClosedAt { get; } = closedAt;

    public int Length { get; } = length;

    /// <summary>Valid only while a reference is held, see <see cref="ChunkRing.TryAcquire"/>.</summary>
    public ReadOnlySpan<byte> Bytes => Slab.Bytes.AsSpan(Offset, Length);

    public void Release() => Slab.Release();

    internal Slab Slab { get; } = slab;

    private int Offset { get; } = offset;
}
