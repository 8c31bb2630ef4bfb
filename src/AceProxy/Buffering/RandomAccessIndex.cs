namespace AceProxy.Buffering;

/// <summary>The random access points of a ring's present content, oldest first. Not thread-safe: the ring's lock covers it.</summary>
internal sealed class RandomAccessIndex(TimeProvider time)
{
    /// <summary>Two a second over the longest usual ring; beyond that every second one is as good.</summary>
    private const int Most = 256;

    private readonly Queue<RandomAccessPoint> _points = new();

    public void Add(RandomAccessPoint point, long oldestChunk)
    {
        DropLapsed(oldestChunk);
        if (_points.Count == Most)
        {
            _points.Dequeue();
        }

        _points.Enqueue(point);
    }

    public RandomAccessPoint? Find(TimeSpan behind, long oldestChunk)
    {
        DropLapsed(oldestChunk);
        long now = time.GetTimestamp();
        RandomAccessPoint? best = null;
        foreach (RandomAccessPoint point in _points)
        {
            if (best is not null && time.GetElapsedTime(point.At, now) < behind)
            {
                break;
            }

            best = point;
        }

        return best;
    }

    /// <summary>Those behind one that is in order before them, as long as they lie in chunks before <paramref name="before"/>.</summary>
    public List<RandomAccessPoint> After(RandomAccessPoint? after, long before)
    {
        var found = new List<RandomAccessPoint>();
        foreach (RandomAccessPoint point in _points)
        {
            bool isBehind = after is null || point.Position.Sequence > after.Position.Sequence
                || (point.Position.Sequence == after.Position.Sequence && point.Position.Offset > after.Position.Offset);
            if (isBehind && point.Position.Sequence >= before)
            {
                break;
            }

            if (isBehind)
            {
                found.Add(point);
            }
        }

        return found;
    }

    private void DropLapsed(long oldestChunk)
    {
        while (_points.TryPeek(out RandomAccessPoint? point) && point.Position.Sequence < oldestChunk)
        {
            _points.Dequeue();
        }
    }
}
