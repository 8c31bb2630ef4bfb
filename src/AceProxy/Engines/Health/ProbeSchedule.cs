namespace AceProxy.Engines.Health;

/// <summary>When an engine is asked next, and that it is never asked twice at once.</summary>
internal sealed class ProbeSchedule(TimeProvider time)
{
    private readonly Lock _gate = new();
    private long _due = time.GetTimestamp();
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

    public void End(TimeSpan pause)
    {
        lock (_gate)
        {
            _isBusy = false;
            _due = Math.Min(_due, After(pause));
        }
    }

    /// <summary>Something happened that makes it worth asking soon.</summary>
    public void Hasten(TimeSpan pause)
    {
        lock (_gate)
        {
            _due = Math.Min(_due, After(pause));
        }
    }

    private long After(TimeSpan pause) => time.GetTimestamp() + (long)(pause.TotalSeconds * time.TimestampFrequency);
}
