namespace AceProxy.Benchmarks.FanOut;

/// <summary>How long each row of the fan-out's table is measured: a run for the record, or one of some minutes for who is tuning.</summary>
/// <param name="Window">Seconds of the steady state.</param>
/// <param name="Rounds">How often the program is measured beside the floor.</param>
/// <param name="RingFill">Seconds before that in which its rings turn over: PROXY_BUFFER_TTL, if there is time for it.</param>
/// <param name="Starts">How often the process is started.</param>
/// <param name="WithSearch">Whether to search for the most clients, which takes ten minutes by itself.</param>
internal sealed record Pace(double Window, int Rounds, double RingFill, int Starts, bool WithSearch)
{
    public static readonly Pace Full = new(Window: 12, Rounds: 3, RingFill: 62, Starts: 7, WithSearch: true);

    public static readonly Pace Quick = new(Window: 5, Rounds: 1, RingFill: 5, Starts: 3, WithSearch: false);
}
