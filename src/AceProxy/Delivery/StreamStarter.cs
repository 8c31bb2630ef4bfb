using AceProxy.Buffering;

namespace AceProxy.Delivery;

/// <summary>Finds where a client begins: on a random access point; or, if none comes in time, anywhere.</summary>
internal sealed class StreamStarter(DeliveryOptions options, RingOptions ringOptions, TimeProvider time)
{
    /// <summary>Waits until there is something to begin with.</summary>
    /// <returns>Null when the stream ended before it had any data.</returns>
    public async Task<StreamStart?> WaitAsync(ChunkRing ring, CancellationToken cancellation)
    {
        long? dataSince = null;
        while (true)
        {
            Task changed = ring.Changed; // before looking: what comes afterwards completes it
            bool isCompleted = ring.IsCompleted;
            bool hasData = ring.Next > ring.Oldest;
            RandomAccessPoint? point = ring.FindJoin(options.JoinBehind);
            if (point is not null && point.Position.Sequence < ring.Next)
            {
                return new StreamStart(point.Position, point.Preamble.Bytes.AsMemory(point.Preamble.TablesOffset));
            }

            if (isCompleted)
            {
                return hasData ? Edge(ring) : null;
            }

            if (!hasData)
            {
                await changed.WaitAsync(cancellation);
                continue;
            }

            dataSince ??= time.GetTimestamp();
            TimeSpan left = ringOptions.KeyframeWait - time.GetElapsedTime(dataSince.Value);
            if (left <= TimeSpan.Zero)
            {
                return Edge(ring);
            }

            await Task.WhenAny(changed, Task.Delay(left, time, cancellation));
            cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Where a client goes on that has been lapped: on a random access point, told of the discontinuity.</summary>
    public StreamStart Jump(ChunkRing ring) => ring.FindJoin(options.JoinBehind) is { } point
        ? new StreamStart(point.Position, point.Preamble.Bytes)
        : Edge(ring);

    /// <summary>The newest chunk that is old enough, or the oldest: found from the back, since the bound is near the edge.</summary>
    private StreamStart Edge(ChunkRing ring)
    {
        long sequence = ring.Next - 1;
        for (; sequence > ring.Oldest; sequence--)
        {
            if (ring.TryAcquire(sequence, out Chunk? chunk) != ChunkRead.Acquired)
            {
                break;
            }

            TimeSpan age = time.GetElapsedTime(chunk!.ClosedAt);
            chunk.Release();
            if (age >= options.JoinBehind)
            {
                break;
            }
        }

        return new StreamStart(new RingPosition(Math.Max(sequence, ring.Oldest), 0), default);
    }
}
