namespace AceProxy.Buffering;

/// <summary>
/// Closes the open chunks of all streams that have come of age, with one timer: a timer a stream would wake a thread for each chunk, or be
/// put off for each, where most chunks are closed by the data that follows.
/// </summary>
internal sealed class ChunkTicker : IDisposable
{
    /// <summary>A fifth of the least age passes between two ticks at least.</summary>
    private const int TicksPerAge = 5;

    private readonly Lock _gate = new();
    private readonly PriorityQueue<Entry, long> _waiting = new(); // by when they are due
    private readonly List<Entry> _due = [];
    private readonly TimeProvider _time;
    private readonly TimeSpan _least;
    private readonly ITimer _timer;
    private long _tickAt = long.MaxValue;

    public ChunkTicker(RingOptions options, TimeProvider time)
    {
        (_time, _least) = (time, options.ChunkAge / TicksPerAge);
        _timer = time.CreateTimer(static self => ((ChunkTicker)self!).Tick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>A chunk has been begun.</summary>
    /// <param name="number">Of the builder's chunks.</param>
    /// <param name="age">At which it is to be closed.</param>
    public void Begun(ChunkBuilder builder, long number, long at, TimeSpan age)
    {
        long due = at + (long)(age.TotalSeconds * _time.TimestampFrequency);
        lock (_gate)
        {
            DropClosed();
            _waiting.Enqueue(new Entry(builder, number), due);
            if (due < _tickAt)
            {
                _tickAt = due;
                _timer.Change(age, Timeout.InfiniteTimeSpan);
            }
        }
    }

    public void Dispose() => _timer.Dispose();

    /// <summary>The timer is set again only when this is done.</summary>
    private void Tick()
    {
        if (!TryTakeDue())
        {
            return; // it was set again just before the last one began
        }

        foreach (Entry entry in _due)
        {
            entry.Builder.Close(entry.Number);
        }

        _due.Clear();
        lock (_gate)
        {
            DropClosed();
            _tickAt = long.MaxValue;
            if (_waiting.TryPeek(out _, out long due))
            {
                TimeSpan wait = _time.GetElapsedTime(_time.GetTimestamp(), due);
                wait = wait > _least ? wait : _least;
                _tickAt = due;
                _timer.Change(wait, Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <returns>False while another tick is under way.</returns>
    private bool TryTakeDue()
    {
        lock (_gate)
        {
            if (_tickAt == long.MinValue)
            {
                return false;
            }

            _tickAt = long.MinValue;
            long now = _time.GetTimestamp();
            while (_waiting.TryPeek(out Entry head, out long due) && due <= now)
            {
                _due.Add(head);
                _waiting.Dequeue();
            }

            return true;
        }
    }

    private void DropClosed()
    {
        while (_waiting.TryPeek(out Entry head, out _) && !head.Builder.IsOpen(head.Number))
        {
            _waiting.Dequeue();
        }
    }

    private readonly record struct Entry(ChunkBuilder Builder, long Number);
}
