using System.Collections.Immutable;

namespace AceProxy.Events;

/// <summary>The last events in this process: what this worker tells and, with Redis, what all do, in Redis's order.</summary>
/// <remarks>
/// Alone, an event has its id at once. With Redis it waits among <see cref="Unwritten"/> until it comes back from there with its id, the same
/// for all workers. While Redis is away, what waits is shown without one; <see cref="EventCursor"/> says why nobody gets it twice.
/// </remarks>
internal sealed class EventLog
{
    /// <summary>Events that are kept, in memory as in Redis: a few megabytes.</summary>
    public const int Most = 10_000;

    /// <summary>What has no id yet is bounded too; beyond, the oldest is dropped and counted.</summary>
    private const int MostUnwritten = 10_000;

    /// <summary>The oldest are taken off so many at a time.</summary>
    private const int Slack = 1_000;

    private readonly string _worker;
    private readonly bool _isShared;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly List<LoggedEvent> _events = [];
    private readonly Queue<LoggedEvent> _unwritten = [];
    private readonly TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _changed = NewSignal();
    private EventPlace _floor;
    private EventPlace? _loadedTo;
    private EventPlace _newest;
    private long _number;
    private long _dropped;
    private bool _isRedisAway;

    /// <param name="worker">Who this is.</param>
    /// <param name="isShared">Ids come from Redis, through <see cref="Append"/>.</param>
    /// <param name="time">The clock.</param>
    public EventLog(string worker, bool isShared, TimeProvider time)
    {
        (_worker, _isShared, _time) = (worker, isShared, time);
        _number = time.GetUtcNow().ToUnixTimeMilliseconds() * 1000; // behind those of a process before this one with the same name
        if (!isShared)
        {
            _newest = _floor = new EventPlace(time.GetUtcNow().ToUnixTimeMilliseconds(), 0);
            _loadedTo = _newest;
            _loaded.SetResult();
        }
    }

    /// <summary>Raised when there is something among <see cref="Unwritten"/>; must return at once.</summary>
    public event Action? Recorded;

    /// <summary>Completes when it is known what Redis has, or that it is away.</summary>
    public Task Loaded => _loaded.Task;

    /// <summary>The last id.</summary>
    public EventPlace Newest
    {
        get
        {
            lock (_gate)
            {
                return _newest;
            }
        }
    }

    /// <summary>Events that were dropped while Redis was away.</summary>
    public long Dropped { get; private set; }

    /// <summary>Notes what has just happened here. Waits for nobody.</summary>
    public void Record(ProxyEvent what)
    {
        ProxyEvent told = what with { At = _time.GetUtcNow(), Worker = what.Worker ?? _worker };
        string json = told.ToJson();
        lock (_gate)
        {
            var logged = new LoggedEvent(EventPlace.Zero, _worker, ++_number, told.Kind.Name(), told.Stream, json);
            if (!_isShared)
            {
                long now = told.At.ToUnixTimeMilliseconds();
                Add(logged with { Id = now > _newest.Milliseconds ? new EventPlace(now, 0) : _newest with { Number = _newest.Number + 1 } });
            }
            else
            {
                _unwritten.Enqueue(logged);
                if (_unwritten.Count > MostUnwritten)
                {
                    _unwritten.Dequeue();
                    _dropped++;
                    Dropped++;
                }
            }

            Signal();
        }

        if (_isShared)
        {
            Recorded?.Invoke();
        }
    }

    /// <summary>What comes behind the cursor.</summary>
    public EventPage Read(EventCursor cursor, int most)
    {
        lock (_gate)
        {
            var notices = new List<EventNotice>();
            (EventPlace id, ImmutableDictionary<string, long> ahead) = cursor;
            id = id == EventPlace.Unknown ? _loadedTo ?? id : id;
            if (id < _floor && id != EventPlace.Unknown)
            {
                if (id != EventPlace.Zero)
                {
                    notices.Add(new EventNotice(GapBefore(id, _floor), new EventCursor(_floor, ahead)));
                }

                id = _floor;
            }

            int at = id == EventPlace.Unknown ? _events.Count : IndexBehind(id);
            for (; at < _events.Count && notices.Count < most; at++)
            {
                LoggedEvent one = _events[at];
                id = one.Id;
                if (ahead.TryGetValue(one.Writer, out long had))
                {
                    ahead = one.Number >= had ? ahead.Remove(one.Writer) : ahead;
                    if (one.Number <= had)
                    {
                        continue;
                    }
                }

                notices.Add(new EventNotice(one, new EventCursor(id, ahead)));
            }

            if (_isRedisAway && at == _events.Count)
            {
                long had = ahead.GetValueOrDefault(_worker);
                foreach (LoggedEvent one in _unwritten.Where(one => one.Number > had).Take(most - notices.Count))
                {
                    ahead = ahead.SetItem(_worker, one.Number);
                    notices.Add(new EventNotice(one, new EventCursor(id, ahead)));
                }
            }

            return new EventPage(notices, new EventCursor(id, ahead), _changed.Task);
        }
    }

    /// <summary>Behind everything there is now.</summary>
    public EventCursor End()
    {
        lock (_gate)
        {
            EventCursor end = EventCursor.Behind(_loadedTo is null ? EventPlace.Unknown : _newest);
            return _isRedisAway ? end with { Ahead = end.Ahead.SetItem(_worker, _number) } : end;
        }
    }

    /// <summary>What waits for its id, oldest first.</summary>
    public IReadOnlyList<LoggedEvent> Unwritten(int most)
    {
        lock (_gate)
        {
            return [.. _unwritten.Take(most)];
        }
    }

    /// <summary>Redis has told what it has behind <see cref="Newest"/>.</summary>
    /// <param name="oldest">The oldest event it has; if it has none, what it would call one now.</param>
    /// <param name="written">The number of the last event of ours that it has had.</param>
    /// <param name="isAll">There is no more.</param>
    /// <param name="isContinued">It still has <see cref="Newest"/> itself.</param>
    /// <param name="last">How far that goes, where the last of it are no events.</param>
    public void Append(
        IReadOnlyList<LoggedEvent> events, EventPlace oldest, long written, bool isAll, bool isContinued = true, EventPlace last = default)
    {
        long dropped;
        lock (_gate)
        {
            if (_newest == EventPlace.Zero)
            {
                _newest = _floor = oldest.Before;
            }
            else if (events.Count > 0 && _events.Count > 0 && !isContinued)
            {
                Add(GapBefore(_newest, events[0].Id)); // Redis has lost the last we know of, and perhaps others behind it
            }

            foreach (LoggedEvent one in events)
            {
                Add(one);
                if (one.Writer == _worker)
                {
                    Written(one.Number);
                }
            }

            _newest = last > _newest ? last : _newest;
            if (isAll)
            {
                Written(written); // if one of them has not come back, Redis does not keep it any more
                _loadedTo ??= _newest;
            }

            (_isRedisAway, dropped, _dropped) = (false, _dropped, 0);
            if (events.Count > 0)
            {
                Signal();
            }
        }

        if (isAll)
        {
            _loaded.TrySetResult();
        }

        if (dropped > 0)
        {
            Record(new ProxyEvent(EventKind.EventsDropped) { Count = dropped, Reason = "Redis was away for too long" });
        }
    }

    /// <summary>Redis does not answer: what waits is shown as it is.</summary>
    public void RedisIsAway()
    {
        lock (_gate)
        {
            _isRedisAway = true;
            Signal();
        }

        _loaded.TrySetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static LoggedEvent GapBefore(EventPlace had, EventPlace next) => new(
        next.Before, "", 0, EventKind.Gap.Name(), null, $$"""{"kind":"gap","after":"{{had}}","before":"{{next}}"}""");

    private void Add(LoggedEvent one)
    {
        if (one.Id <= _newest)
        {
            return;
        }

        _events.Add(one);
        _newest = one.Id;
        if (_events.Count >= Most + Slack)
        {
            _floor = _events[Slack - 1].Id;
            _events.RemoveRange(0, Slack);
        }
    }

    private void Written(long number)
    {
        while (_unwritten.TryPeek(out LoggedEvent? own) && own.Number <= number)
        {
            _unwritten.Dequeue();
        }
    }

    private int IndexBehind(EventPlace id)
    {
        int low = 0, high = _events.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = _events[middle].Id > id ? (low, middle) : (middle + 1, high);
        }

        return low;
    }

    private void Signal()
    {
        TaskCompletionSource changed = _changed;
        _changed = NewSignal();
        changed.SetResult();
    }
}
