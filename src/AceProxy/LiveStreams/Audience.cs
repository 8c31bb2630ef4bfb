namespace AceProxy.LiveStreams;

/// <summary>The clients of one stream: who is there, what they have got, and for how long nobody has been.</summary>
/// <remarks>
/// Coming in, closing, and closing because nobody came back are decided under one lock, so that a client is either in a stream that goes
/// on or knows that it has to find another.
/// </remarks>
internal sealed class Audience : IDisposable
{
    private readonly TimeSpan _gracePeriod;
    private readonly TimeProvider _time;
    private readonly Action _deserted;
    private readonly ITimer _grace;
    private readonly TaskCompletionSource _emptied = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private readonly HashSet<Client> _clients = [];
    private long _bytesOutOfTheGone;
    private int _most;
    private long _idleSince;
    private bool _isHeld;
    private bool _isDeserted;
    private bool _isClosed;

    /// <param name="deserted">Called when nobody has been there for the grace period; ask <see cref="TryCloseDeserted"/> then.</param>
    public Audience(TimeSpan gracePeriod, TimeProvider time, Action deserted)
    {
        (_gracePeriod, _time, _deserted) = (gracePeriod, time, deserted);
        _grace = time.CreateTimer(static self => ((Audience)self!).GraceIsOver(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public IReadOnlyList<Client> Clients
    {
        get
        {
            lock (_gate)
            {
                return [.. _clients];
            }
        }
    }

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _clients.Count;
            }
        }
    }

    /// <summary>How many were there at once when there were the most.</summary>
    public int Most
    {
        get
        {
            lock (_gate)
            {
                return _most;
            }
        }
    }

    /// <summary>Bytes accepted by all clients, those that have left included.</summary>
    public long BytesOut
    {
        get
        {
            lock (_gate)
            {
                return _bytesOutOfTheGone + _clients.Sum(client => client.Bytes);
            }
        }
    }

    /// <summary>How long nobody has been there; null while somebody is.</summary>
    public TimeSpan? IdleFor
    {
        get
        {
            lock (_gate)
            {
                return _clients.Count > 0 || _isHeld ? null : _time.GetElapsedTime(_idleSince);
            }
        }
    }

    public bool IsClosed
    {
        get
        {
            lock (_gate)
            {
                return _isClosed;
            }
        }
    }

    /// <summary>False once closed.</summary>
    public bool TryAdd(Client client)
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return false;
            }

            _isDeserted = false;
            bool isAdded = _clients.Add(client);
            _most = Math.Max(_most, _clients.Count);
            return isAdded;
        }
    }

    /// <summary>The last one out starts the grace period. Harmless for one that is out already.</summary>
    public void Remove(Client client)
    {
        lock (_gate)
        {
            if (!_clients.Remove(client))
            {
                return;
            }

            _bytesOutOfTheGone += client.Bytes;
            if (_clients.Count > 0)
            {
                return;
            }

            if (_isClosed)
            {
                _emptied.TrySetResult();
                return;
            }

            BeginGrace();
        }
    }

    /// <summary>Somebody elsewhere depends on the stream, so it is not deserted whoever is here; false starts the grace period if nobody is.</summary>
    public void Hold(bool isHeld)
    {
        lock (_gate)
        {
            bool wasHeld = _isHeld;
            _isHeld = isHeld;
            if (isHeld)
            {
                _isDeserted = false;
            }
            else if (wasHeld && _clients.Count == 0 && !_isClosed)
            {
                BeginGrace();
            }
        }
    }

    /// <summary>Nobody else gets in. True for the first caller only.</summary>
    public bool TryClose()
    {
        lock (_gate)
        {
            return Close();
        }
    }

    /// <summary>Closes unless somebody has come back.</summary>
    public bool TryCloseDeserted()
    {
        lock (_gate)
        {
            return _isDeserted && Close();
        }
    }

    /// <summary>Closes if nobody is there now, however short a time.</summary>
    public bool TryCloseEmpty()
    {
        lock (_gate)
        {
            return _clients.Count == 0 && !_isHeld && Close();
        }
    }

    /// <summary>After closing: lets those who are still there go by themselves, and ends them when the limit is over.</summary>
    public async Task EmptyAsync(TimeSpan limit, EndReason reason)
    {
        try
        {
            await _emptied.Task.WaitAsync(limit, _time);
        }
        catch (TimeoutException)
        {
            foreach (Client client in Clients)
            {
                client.End(reason);
            }

            await _emptied.Task;
        }
    }

    public void Dispose() => _grace.Dispose();

    private void BeginGrace()
    {
        _idleSince = _time.GetTimestamp();
        _grace.Change(_gracePeriod, Timeout.InfiniteTimeSpan);
    }

    private bool Close()
    {
        if (_isClosed)
        {
            return false;
        }

        _isClosed = true;
        if (_clients.Count == 0)
        {
            _emptied.TrySetResult();
        }

        return true;
    }

    private void GraceIsOver()
    {
        lock (_gate)
        {
            if (_isClosed || _clients.Count > 0 || _isHeld)
            {
                return;
            }

            TimeSpan left = _gracePeriod - _time.GetElapsedTime(_idleSince);
            if (left > TimeSpan.Zero)
            {
                // Somebody came back and left again while this call was on its way: this is another period.
                _grace.Change(left, Timeout.InfiniteTimeSpan);
                return;
            }

            _isDeserted = true;
        }

        _deserted();
    }
}
