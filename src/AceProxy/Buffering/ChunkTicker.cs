namespace AceProxy.Buffering;

/// <summary>
/// Closes the open chunks of all streams that have come of age, with one timer: a timer a stream would wake a thread for each chunk, or be
/// put off for each, where most chunks are closed by the data that follows.
/// </summary>
/// <remarks>All chunks come of age alike, so they wait in the order of their beginning.</remarks>
internal sealed class ChunkTicker : IDisposable
{
    /// <summary>A fifth of the age passes between two ticks at least; what would be due nearer to this tick than to the next is closed with it.</summary>
    private const int TicksPerAge = 5;

    private readonly Lock _gate = new();
    private readonly Queue<Entry> _waiting = new();
    private readonly List<Entry> _due = [];
    private readonly TimeProvider _time;
    private readonly TimeSpan _age;
    private readonly TimeSpan _least;
    private readonly ITimer _timer;
    private bool _isSet;

    public ChunkTicker(RingOptions options, TimeProvider time)
    {
        (_time, _age, _least) = (time, options.ChunkAge, options.ChunkAge / TicksPerAge);
        _timer = time.CreateTimer(static self => ((ChunkTicker)self!).Tick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>A chunk has been begun.</summary>
    /// <param name="number">Of the builder's chunks.</param>
    public void Begun(ChunkBuilder builder, long number, long at)
    {
        lock (_gate)
        {
            DropClosed();
            _waiting.Enqueue(new Entry(builder, number, at));
            if (!_isSet)
            {
                _isSet = true;
                _timer.Change(_age, Timeout.InfiniteTimeSpan);
            }
        }
    }

    public void Dispose() => _timer.Dispose();

    /// <summary>The timer is set again only when this is done.</summary>
    private void Tick()
    {
        TakeDue();
        foreach (Entry entry in _due)
        {
            entry.Builder.Close(entry.Number);
        }

        _due.Clear();
        lock (_gate)
        {
            DropClosed();
            _isSet = _waiting.TryPeek(out Entry next);
            if (_isSet)
            {
                TimeSpan wait = _age - _time.GetElapsedTime(next.At);
                _timer.Change(wait > _least ? wait : _least, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private void TakeDue()
    {
        lock (_gate)
        {
            while (_waiting.TryPeek(out Entry head) && _time.GetElapsedTime(head.At) >= _age)
            {
                _due.Add(_waiting.Dequeue());
            }
        }
    }

    private void DropClosed()
    {
        while (_waiting.TryPeek(out Entry head) && !head.Builder.IsOpen(head.Number))
        {
            _waiting.Dequeue();
        }
    }

    private readonly record struct Entry(ChunkBuilder Builder, long Number, long At);
}
