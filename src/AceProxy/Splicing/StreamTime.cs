namespace AceProxy.Splicing;

/// <summary>Arithmetic on a transport stream's times: ticks of 27 MHz that begin again after 2^33 ticks of 90 kHz, which is 26.5 hours.</summary>
internal static class StreamTime
{
    public const long TicksPerSecond = 27_000_000;

    /// <summary>Ticks of 27 MHz in one of 90 kHz.</summary>
    public const long TicksPerTimestamp = 300;

    private const long Wrap = (1L << 33) * TicksPerTimestamp;

    /// <summary>
    /// Times further apart than this have nothing to do with each other. A stream that is away for longer than a minute is given up, and
    /// engines keep less than that to begin with.
    /// </summary>
    private const long MostApart = 120 * TicksPerSecond;

    /// <summary>How much later the one is than the other: the shorter way round.</summary>
    public static long Difference(long later, long earlier)
    {
        long difference = (later - earlier) % Wrap;
        return difference < -Wrap / 2 ? difference + Wrap : difference >= Wrap / 2 ? difference - Wrap : difference;
    }

    public static bool AreRelated(long difference) => Math.Abs(difference) <= MostApart;

    public static TimeSpan ToTimeSpan(long difference) => new(difference * 10 / 27);
}
