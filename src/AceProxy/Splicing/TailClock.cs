using AceProxy.MpegTs;

namespace AceProxy.Splicing;

/// <summary>The last times in a tail, and how many packets lie behind each.</summary>
internal sealed class TailClock
{
    /// <summary>Enough to see whether the stream runs at a constant rate.</summary>
    private const int MostReadings = 9;

    /// <summary>How far to look for the readings before the last one: several times the 0.1 s within which they must come (2.7.2), at 40 Mbit/s.</summary>
    private const int MostBetween = 16384;

    /// <summary>
    /// Packets. A multiplexer of constant rate is exact to 500 ns (2.4.2.2), which is far less than a packet; a hole of 16, which leaves the
    /// counters in step, or a null packet too many is told from none.
    /// </summary>
    private const double MostOffPace = 0.5;

    private readonly List<(int Behind, long Ticks)> _readings;

    private readonly bool _isUnbroken;

    private TailClock(ClockSource source, List<(int Behind, long Ticks)> readings, bool isUnbroken) =>
        (Source, _readings, _isUnbroken) = (source, readings, isUnbroken);

    public ClockSource Source { get; }

    /// <summary>The last reading, in ticks of 27 MHz.</summary>
    public long Last => _readings[0].Ticks;

    /// <summary>Null if the tail has no times at all.</summary>
    public static TailClock? Of(StreamTail tail) =>
        Read(tail.Backwards(), isReference: true, isUnbroken: true)
        ?? Read(tail.Backwards(), isReference: false, isUnbroken: true)
        ?? Read(tail.BackwardsOverBreaks(), isReference: true, isUnbroken: false)
        ?? Read(tail.BackwardsOverBreaks(), isReference: false, isUnbroken: false);

    /// <summary>
    /// Whether a reading is the next one, as far as times tell: it follows by less than two of the steps that were. A single reading says
    /// nothing of that, nor does a clock that has just been set.
    /// </summary>
    public bool IsNext(long ticks)
    {
        long longest = 0;
        for (int i = 1; i < _readings.Count; i++)
        {
            longest = Math.Max(longest, StreamTime.Difference(_readings[i - 1].Ticks, _readings[i].Ticks));
        }

        return _isUnbroken && StreamTime.Difference(ticks, Last) is var step
            && step > 0 && step <= longest * 3 / 2 && longest <= StreamTime.TicksPerSecond;
    }

    /// <summary>
    /// Whether the stream runs at a constant rate, by which a reading so many packets behind the tail's end has its place just there.
    /// </summary>
    /// <param name="packets">Packets from the tail's end to the reading's, itself not counted.</param>
    public bool IsInPace(long ticks, int packets)
    {
        if (_readings.Count < MostReadings)
        {
            return false;
        }

        (int behind, long first) = _readings[^1];
        double packetsPerTick = (behind - _readings[0].Behind) / (double)StreamTime.Difference(Last, first);
        if (!(packetsPerTick > 0))
        {
            return false;
        }

        foreach ((int Behind, long Ticks) reading in _readings)
        {
            if (IsOff(reading.Ticks, -reading.Behind))
            {
                return false;
            }
        }

        return !IsOff(ticks, packets + 1);

        bool IsOff(long at, int place) =>
            Math.Abs((StreamTime.Difference(at, first) * packetsPerTick) - (place + behind)) > MostOffPace;
    }

    private static TailClock? Read(TailCursor cursor, bool isReference, bool isUnbroken)
    {
        List<(int Behind, long Ticks)> readings = [];
        ClockSource source = default;
        int behind = 0, limit = int.MaxValue;
        for (; readings.Count < MostReadings && behind < limit && cursor.MovePrevious(); behind++)
        {
            if (readings.Count == 0)
            {
                source = new ClockSource(TsPacket.Pid(cursor.Current), isReference);
            }

            if (source.TryRead(cursor.Current, out long ticks))
            {
                readings.Add((behind, ticks));
                limit = readings.Count == 1 ? behind + MostBetween : limit;
            }
        }

        return readings.Count == 0 ? null : new TailClock(source, readings, isUnbroken);
    }
}
