namespace AceProxy.Cluster;

/// <summary>What this worker has exchanged with Redis since its start.</summary>
internal sealed class ClusterCounters
{
    private long _segmentsWritten;
    private long _bytesWritten;
    private long _segmentsRead;
    private long _bytesRead;
    private long _segmentsMissing;
    private long _segmentsBad;
    private long _chunksDropped;

    public long SegmentsWritten => Volatile.Read(ref _segmentsWritten);

    public long BytesWritten => Volatile.Read(ref _bytesWritten);

    public long SegmentsRead => Volatile.Read(ref _segmentsRead);

    public long BytesRead => Volatile.Read(ref _bytesRead);

    /// <summary>Segments that should have been there and were not: expired, or lost with Redis.</summary>
    public long SegmentsMissing => Volatile.Read(ref _segmentsMissing);

    /// <summary>Segments that made no sense.</summary>
    public long SegmentsBad => Volatile.Read(ref _segmentsBad);

    /// <summary>Chunks that the ring had dropped before Redis took them.</summary>
    public long ChunksDropped => Volatile.Read(ref _chunksDropped);

    public void Written(int bytes)
    {
        Interlocked.Increment(ref _segmentsWritten);
        Interlocked.Add(ref _bytesWritten, bytes);
    }

    public void Read(int bytes)
    {
        Interlocked.Increment(ref _segmentsRead);
        Interlocked.Add(ref _bytesRead, bytes);
    }

    public void Missing() => Interlocked.Increment(ref _segmentsMissing);

    public void Bad() => Interlocked.Increment(ref _segmentsBad);

    public void Dropped(long chunks) => Interlocked.Add(ref _chunksDropped, chunks);
}
