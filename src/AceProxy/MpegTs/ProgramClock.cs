namespace AceProxy.MpegTs;

/// <summary>Reckons with program clock references, which begin again every 26.5 hours (ISO/IEC 13818-1, 2.4.3.5: 2^33 × 300 ticks of 27 MHz).</summary>
internal static class ProgramClock
{
    private const long Wrap = (1L << 33) * 300;

    /// <summary>From one to the other by the shorter way round; negative if the other is earlier.</summary>
    public static TimeSpan Between(long from27MHz, long to27MHz)
    {
        long ticks = (to27MHz - from27MHz) % Wrap;
        ticks += ticks < -Wrap / 2 ? Wrap : ticks >= Wrap / 2 ? -Wrap : 0;
        return new TimeSpan(ticks * 10 / 27);
    }
}
