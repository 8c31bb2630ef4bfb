namespace AceProxy.Buffering;

/// <summary>How a source's data comes: how long it usually is from one burst to the next, and how much is in one. Moving averages over about the last four.</summary>
internal struct BurstRhythm
{
    private long? _last;
    private double _bytes;

    /// <summary>How long the next burst is likely to take; zero before there have been two.</summary>
    public TimeSpan Interval { get; private set; }

    /// <summary>A burst has come.</summary>
    /// <param name="most">Longer waits count as that long, so that one pause is soon forgotten.</param>
    public void Note(TimeProvider time, long now, long bytes, TimeSpan most)
    {
        if (_last is { } last)
        {
            TimeSpan since = time.GetElapsedTime(last, now);
            since = since < most ? since : most;
            bool isFirst = Interval == TimeSpan.Zero;
            Interval += isFirst ? since : (since - Interval) / 4;
            _bytes += isFirst ? bytes : (bytes - _bytes) / 4;
        }

        _last = now;
    }

    /// <summary>Whether so many bytes are likely to come within a time.</summary>
    public readonly bool Brings(int bytes, TimeSpan within) => Interval > TimeSpan.Zero && _bytes * (within / Interval) >= bytes;
}
