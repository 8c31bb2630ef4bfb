namespace AceProxy.Splicing;

/// <summary>Where a new connection stands against a tail's last time, and how fast it comes along.</summary>
/// <param name="firstTicks">Its first reading, in ticks of 27 MHz.</param>
/// <param name="firstAt">The <see cref="TimeProvider"/> timestamp of that.</param>
internal sealed class NewClock(long firstTicks, long firstAt)
{
    /// <summary>Engines begin with a burst, and in bursts they go on: a pace that was seen for less says little.</summary>
    private static readonly TimeSpan LeastObserved = TimeSpan.FromSeconds(1);

    private long _last;

    /// <summary>How much later it is than the tail's last time; null if they have nothing to do with each other.</summary>
    public long? Distance { get; private set; }

    /// <summary>It was earlier than the tail's last time, or the same, at some moment.</summary>
    public bool WasBehind { get; private set; }

    /// <summary>It still is.</summary>
    public bool IsBehind => Distance <= 0;

    /// <summary>How much earlier than the tail's last time it began; null if it did not.</summary>
    public long? Overlap { get; private set; }

    public void Read(long ticks, long tailTicks)
    {
        _last = ticks;
        long distance = StreamTime.Difference(ticks, tailTicks);
        Distance = StreamTime.AreRelated(distance) ? distance : null;
        Overlap = IsBehind && !WasBehind ? -distance : Overlap;
        WasBehind |= IsBehind;
    }

    /// <summary>Whether it will have come to the tail's last time by then, if it goes on as it did.</summary>
    public bool Arrives(TimeSpan within, long now, TimeProvider time)
    {
        TimeSpan observed = time.GetElapsedTime(firstAt, now);
        return observed < LeastObserved
            || StreamTime.ToTimeSpan(StreamTime.Difference(_last, firstTicks)) * (within / observed) >= StreamTime.ToTimeSpan(-(Distance ?? 0));
    }
}
