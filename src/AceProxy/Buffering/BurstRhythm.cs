namespace AceProxy.Buffering;

/// <summary>How long it usually is from one burst of data to the next: a moving average over about the last four.</summary>
internal struct BurstRhythm
{
    private long? _last;
    private TimeSpan _average;

    /// <summary>A burst has come.</summary>
    /// <param name="most">Longer waits count as that long, so that one pause is soon forgotten.</param>
    /// <returns>How long the next one is likely to take; zero before there have been two.</returns>
    public TimeSpan Next(TimeProvider time, long now, TimeSpan most)
    {
        if (_last is { } last)
        {
            TimeSpan since = time.GetElapsedTime(last, now);
            since = since < most ? since : most;
            _average += _average == TimeSpan.Zero ? since : (since - _average) / 4;
        }

        _last = now;
        return _average;
    }
}
