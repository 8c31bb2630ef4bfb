namespace AceProxy.Engines.Health;

/// <summary>When an engine is asked next, and that it is never asked twice at once.</summary>
/// <param name="isDue">Whether that is at once.</param>
internal sealed class ProbeSchedule(bool isDue, TimeProvider time)
{
    private readonly Lock _gate = new();
    private long _due = isDue ? time.GetTimestamp() : long.MaxValue;
    private bool _isBusy;

    public bool TryBegin()
    {
        lock (_gate)
        {
            if (_isBusy || time.GetTimestamp() < _due)
            {
                return false;
            }

            _isBusy = true;
            _due = long.MaxValue;
            return true;
        }
    }

    /// <param name="pause">Infinite: not before something happens.</param>
    public void End(TimeSpan pause)
    {
        lock (_gate)
        {
            _isBusy = false;
            if (pause != Timeout.InfiniteTimeSpan)
            {
                _due = Math.Min(_due, time.GetTimestamp() + (long)(pause.TotalSeconds * time.TimestampFrequency));
            }
        }
    }

    /// <summary>Something happened that makes it worth asking at once.</summary>
    public void Hasten()
    {
        lock (_gate)
        {
            _due = time.GetTimestamp();
        }
    }
}
