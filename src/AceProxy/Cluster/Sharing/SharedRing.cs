using AceProxy.Buffering;
using AceProxy.Cluster.Segments;

namespace AceProxy.Cluster.Sharing;

/// <summary>
/// A stream's ring on this worker, and where it stands among the stream's segments: what its publisher has written of it, or what its
/// follower has put into it. The one is the other's place to go on from when the role changes.
/// </summary>
internal sealed class SharedRing(ChunkRing ring, RingWriter writer, TimeProvider time)
{
    private byte[] _tables = [];

    /// <summary>What must be added to the owner's sequence numbers, from this chunk of ours on.</summary>
    private long _shift;
    private long _shiftFrom = long.MaxValue;
    private long _lastClosedAt = long.MinValue;

    public ChunkRing Ring => ring;

    /// <summary>The last segment that was written or applied; null: none, or our ring does not continue it.</summary>
    public SegmentId? Last { get; set; }

    /// <summary>The last segment that was asked for and is not asked for again, be it applied, nonsense or missing. Null as <see cref="Last"/>.</summary>
    public SegmentId? Passed { get; set; }

    /// <summary>The chunk of ours that follows <see cref="Last"/>.</summary>
    public long Next { get; set; }

    /// <summary>The last random access point that was written or applied.</summary>
    public RandomAccessPoint? LastPoint { get; set; }

    /// <summary>The last epoch under which this worker has written; its segments' chunks are this ring's.</summary>
    public long OwnEpoch { get; set; }

    /// <summary>Segments that did not follow what was there.</summary>
    public long Gaps { get; private set; }

    /// <summary>Puts a segment behind what is there.</summary>
    /// <param name="newest">When the newest segment there is was made; that is taken for now, so that ages do not depend on this clock.</param>
    public void Apply(Segment segment, long newest)
    {
        if (segment.Id.Epoch == OwnEpoch)
        {
            Recognize(segment);
            return;
        }

        bool isFirst = Last is null && ring.Next == 0;
        bool follows = segment.Continues is { } before && before == Last && ring.Next == Next
            && !(writer.IsResuming && before.Epoch != segment.Id.Epoch); // another connection's pace: the resumption begins anew
        if (isFirst)
        {
            writer.StartAt(segment.FirstSequence, segment.FirstPacket);
        }

        if (isFirst || (follows && !writer.IsResuming))
        {
            Copy(segment, Math.Clamp(newest - segment.MadeAt, 0, int.MaxValue));
        }
        else
        {
            Splice(segment, follows);
        }

        foreach (SegmentPoint point in segment.Points)
        {
            _tables = point.Preamble.Bytes.Length > point.Preamble.TablesOffset
                ? point.Preamble.Bytes[point.Preamble.TablesOffset..] : _tables;
        }

        Last = segment.Id;
        Next = ring.Next;
    }

    /// <summary>An engine's data will follow: what the owner's looked for, ours has to know.</summary>
    public void BeginOwning()
    {
        writer.Learn(_tables);
        if (writer.IsResuming)
        {
            (Last, Passed) = (null, null); // what is held back is in that segment and not in our ring
        }
    }

    /// <summary>It was written by us, and Redis's answer was lost: all of it is in our ring, and perhaps more.</summary>
    private void Recognize(Segment segment)
    {
        Last = segment.Id;
        Next = segment.FirstSequence + segment.Chunks.Count;
        LastPoint = ring.AccessPoints(LastPoint, Next) is [.., var last] ? last : LastPoint;
    }

    private void Copy(Segment segment, long age)
    {
        long first = ring.Next;
        long shift = first - segment.FirstSequence;
        if (shift != _shift || _shiftFrom == long.MaxValue)
        {
            (_shift, _shiftFrom) = (shift, first);
        }

        ring.UnbrokenFrom = Math.Max(ring.UnbrokenFrom, segment.UnbrokenFrom + writer.NextPacket - segment.FirstPacket);
        foreach (SegmentPoint point in segment.Points)
        {
            // Before the chunks: whoever waits for data finds a place to begin with it.
            if (first + point.Chunk >= Math.Max(_shiftFrom, ring.Oldest))
            {
                LastPoint = new RandomAccessPoint(new RingPosition(first + point.Chunk, point.Offset), Before(age + point.Age), point.Preamble);
                ring.Add(LastPoint);
            }
        }

        int at = 0;
        foreach (SegmentChunk chunk in segment.Chunks)
        {
            // Never older than the one before: the ring drops by age from its end.
            _lastClosedAt = Math.Max(_lastClosedAt, Before(age + chunk.Age));
            writer.WriteChunk(segment.Data.Span.Slice(at, chunk.Length), _lastClosedAt);
            at += chunk.Length;
        }
    }

    private void Splice(Segment segment, bool follows)
    {
        if (!follows)
        {
            Gaps++;
            writer.Learn(_tables);
            writer.Reconnected();
        }

        _shiftFrom = long.MaxValue;
        writer.WriteWhole(segment.Data.Span);
        _lastClosedAt = time.GetTimestamp();
        LastPoint = ring.AccessPoints(LastPoint, ring.Next) is [.., var last] ? last : LastPoint;
    }

    private long Before(long milliseconds) => time.GetTimestamp() - (long)(milliseconds * (time.TimestampFrequency / 1000.0));
}
