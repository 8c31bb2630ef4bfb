using AceProxy.MpegTs;

namespace AceProxy.Cluster.Segments;

/// <summary>A run of consecutive chunks of the owner's ring, as it lies in Redis.</summary>
internal sealed record Segment
{
    public required SegmentId Id { get; init; }

    /// <summary>The segment whose last chunk comes right before this one's first; null: whatever went before was lost.</summary>
    public required SegmentId? Continues { get; init; }

    /// <summary>When it was made, by the owner's clock, in Unix ms.</summary>
    public required long MadeAt { get; init; }

    /// <summary>The first chunk's sequence number in the owner's ring.</summary>
    public required long FirstSequence { get; init; }

    /// <summary>The number in the owner's stream of its first packet.</summary>
    public required long FirstPacket { get; init; }

    /// <summary>From this packet of the owner's stream on nothing is missing, see <see cref="Buffering.ChunkRing.UnbrokenFrom"/>.</summary>
    public required long UnbrokenFrom { get; init; }

    public required IReadOnlyList<SegmentChunk> Chunks { get; init; }

    /// <summary>Random access points that have become known since the last segment, in this one or in those before.</summary>
    public required IReadOnlyList<SegmentPoint> Points { get; init; }

    /// <summary>All chunks' packets.</summary>
    public required ReadOnlyMemory<byte> Data { get; init; }
}

/// <summary>One chunk of a segment.</summary>
/// <param name="Length">In bytes.</param>
/// <param name="Age">How long before the segment was made it was closed, in ms.</param>
internal readonly record struct SegmentChunk(int Length, int Age);

/// <summary>A random access point in a segment.</summary>
/// <param name="Chunk">Its chunk, counted from the segment's first; negative: in a segment before.</param>
/// <param name="Offset">Where in the chunk, in bytes.</param>
/// <param name="Age">How long before the segment was made it was found, in ms.</param>
internal readonly record struct SegmentPoint(int Chunk, int Offset, int Age, Preamble Preamble);
