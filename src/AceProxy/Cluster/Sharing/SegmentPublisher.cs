using AceProxy.Buffering;
using AceProxy.Cluster.Connection;
using AceProxy.Cluster.Leases;
using AceProxy.Cluster.Segments;
using AceProxy.Content;
using AceProxy.Upstream;

namespace AceProxy.Cluster.Sharing;

/// <summary>
/// Writes a stream's chunks to Redis, as one more reader of its ring: however slow Redis is, nobody else notices. What waits is bounded by
/// the ring; when that has dropped it, it is counted, and the next segment says that it continues nothing.
/// </summary>
internal sealed class SegmentPublisher(
    ContentKey stream, SharedRing shared, UpstreamProgress progress, SegmentStore store, ClusterOptions options, ClusterCounters counters, TimeProvider time, ILogger logger)
{
    /// <summary>A segment is made of what there is this long after its first chunk, so that followers of small streams are no further behind.</summary>
    private static readonly TimeSpan LongestAge = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// The same for the second segment of an epoch; doubled from one to the next. An engine begins with a burst of many seconds: were the owner
    /// killed before it is written, the next owner's engine would not have its begin any more.
    /// </summary>
    private static readonly TimeSpan FirstAge = TimeSpan.FromMilliseconds(10);

    /// <summary>Between attempts to write a segment that Redis did not confirm.</summary>
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(100);

    private readonly TaskCompletionSource _finishing = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Writes under the lease until it is lost, or all that is in the ring has been written after <see cref="Finish"/>.</summary>
    public async Task RunAsync(Lease lease)
    {
        SegmentId? before = shared.Last;
        if (before is null || shared.Next < shared.Ring.Oldest)
        {
            (before, shared.Next, shared.LastPoint) = (null, shared.Last is null ? shared.Ring.Oldest : shared.Next, null);
        }

        shared.OwnEpoch = lease.Epoch;
        var run = new Run(lease, before) { Before = before };
        try
        {
            while (lease.IsLive && await ReadyAsync(run))
            {
                if (await WriteAsync(run) is false)
                {
                    lease.Lose();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The lease is lost.
        }
    }

    /// <summary>Nothing more will be appended: <see cref="RunAsync"/> ends when everything is written.</summary>
    public void Finish() => _finishing.TrySetResult();

    /// <summary>Waits until a segment can be made. False: all is written, and no more will come.</summary>
    private async Task<bool> ReadyAsync(Run run)
    {
        while (true)
        {
            Task changed = shared.Ring.Changed;
            bool isFinishing = _finishing.Task.IsCompleted;
            if (shared.Next < shared.Ring.Next)
            {
                if (!isFinishing && Patience(run.Number) - Age(shared.Next) is var wait && wait > TimeSpan.Zero)
                {
                    await Task.WhenAny(Task.Delay(wait, time, run.Lease.Lost), _finishing.Task);
                }

                return true;
            }

            if (isFinishing)
            {
                return false;
            }

            await Task.WhenAny(changed, _finishing.Task).WaitAsync(run.Lease.Lost);
        }
    }

    private static TimeSpan Patience(long segment) => segment switch
    {
        0 => TimeSpan.Zero,
        < 6 => TimeSpan.FromTicks(Math.Min(FirstAge.Ticks << (int)(segment - 1), LongestAge.Ticks)),
        _ => LongestAge,
    };

    private TimeSpan Age(long sequence)
    {
        if (shared.Ring.TryAcquire(sequence, out Chunk? chunk) != ChunkRead.Acquired)
        {
            return LongestAge; // dropped already
        }

        TimeSpan age = time.GetElapsedTime(chunk!.ClosedAt);
        chunk.Release();
        return age;
    }

    /// <returns>False when the lease is somebody else's; null when the lease ran out before Redis answered.</returns>
    private async Task<bool?> WriteAsync(Run run)
    {
        List<Chunk> chunks = Take(run);
        if (chunks.Count == 0)
        {
            return true;
        }

        long next = shared.Next + chunks.Count;
        IReadOnlyList<RandomAccessPoint> points = shared.Ring.AccessPoints(shared.LastPoint, next);
        Segment segment = Describe(run, chunks, points);
        byte[] bytes = SegmentCodec.Encode(segment, chunks);
        chunks.ForEach(chunk => chunk.Release());
        while (true)
        {
            Answer<bool> answer = await store.WriteAsync(stream, run.Lease.Holder, segment, bytes, run.Continues, progress.Session?.Engine.Address.Id ?? "");
            if (answer is { IsThere: true, Value: false })
            {
                return false;
            }

            if (answer.IsThere)
            {
                break;
            }

            await Task.Delay(RetryDelay, time, run.Lease.Lost);
        }

        counters.Written(bytes.Length);
        (shared.Last, shared.Next) = (segment.Id, next);
        run.Before = segment.Id;
        run.Number++;
        shared.LastPoint = points is [.., var last] ? last : shared.LastPoint;
        return true;
    }

    /// <summary>The next chunks, as many as go into one segment, each with a reference.</summary>
    private List<Chunk> Take(Run run)
    {
        var chunks = new List<Chunk>();
        int size = 0;
        for (long sequence = shared.Next; ; sequence++)
        {
            ChunkRead read = shared.Ring.TryAcquire(sequence, out Chunk? chunk);
            if (read == ChunkRead.Lapsed && chunks.Count == 0)
            {
                long oldest = shared.Ring.Oldest;
                counters.Dropped(oldest - sequence);
                ClusterLog.Lapsed(logger, stream.Value, oldest - sequence);
                (run.Before, shared.Next) = (null, oldest);
                sequence = oldest - 1;
                continue;
            }

            if (read != ChunkRead.Acquired)
            {
                return chunks;
            }

            if (chunks.Count > 0 && size + chunk!.Length > options.ChunkSize)
            {
                chunk.Release();
                return chunks;
            }

            chunks.Add(chunk!);
            size += chunk!.Length;
        }
    }

    private Segment Describe(Run run, List<Chunk> chunks, IReadOnlyList<RandomAccessPoint> points)
    {
        long now = time.GetTimestamp();
        return new Segment
        {
            Id = new SegmentId(run.Lease.Epoch, run.Number),
            Continues = run.Before,
            MadeAt = time.GetUtcNow().ToUnixTimeMilliseconds(),
            FirstSequence = shared.Next,
            FirstPacket = chunks[0].FirstPacket,
            UnbrokenFrom = shared.Ring.UnbrokenFrom,
            Chunks = [.. chunks.Select(chunk => new SegmentChunk(chunk.Length, MillisecondsSince(chunk.ClosedAt)))],
            Points =
            [
                .. points.Select(point => new SegmentPoint(
                    (int)(point.Position.Sequence - shared.Next), point.Position.Offset, MillisecondsSince(point.At), point.Preamble)),
            ],
            Data = default,
        };

        int MillisecondsSince(long timestamp) => (int)Math.Clamp(time.GetElapsedTime(timestamp, now).TotalMilliseconds, 0, int.MaxValue);
    }

    /// <summary>One epoch of ours.</summary>
    private sealed class Run(Lease lease, SegmentId? continues)
    {
        public Lease Lease => lease;

        /// <summary>What the epoch's first segment continues.</summary>
        public SegmentId? Continues => continues;

        /// <summary>What the next segment continues.</summary>
        public SegmentId? Before { get; set; }

        /// <summary>The next segment's number.</summary>
        public long Number { get; set; }
    }
}
