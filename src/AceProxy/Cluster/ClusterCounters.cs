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
    private long _leasesHeld;
    private long _leasesLost;
    private long _takeOvers;
    private long _handOvers;

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

    /// <summary>Leases that this worker has now.</summary>
    public long LeasesHeld => Volatile.Read(ref _leasesHeld);

    /// <summary>Leases that ran out, or were another's, while their stream was being read.</summary>
    public long LeasesLost => Volatile.Read(ref _leasesLost);

    /// <summary>Streams that were followed, and are owned since.</summary>
    public long TakeOvers => Volatile.Read(ref _takeOvers);

    /// <summary>Streams that were given to another worker on purpose.</summary>
    public long HandOvers => Volatile.Read(ref _handOvers);

    public void Leased() => Interlocked.Increment(ref _leasesHeld);

    public void Unleased() => Interlocked.Decrement(ref _leasesHeld);

    public void LeaseLost() => Interlocked.Increment(ref _leasesLost);

    public void TookOver() => Interlocked.Increment(ref _takeOvers);

    public void HandedOver() => Interlocked.Increment(ref _handOvers);

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
