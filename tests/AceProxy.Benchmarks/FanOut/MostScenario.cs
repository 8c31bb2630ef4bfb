using System.Globalization;

namespace AceProxy.Benchmarks.FanOut;

/// <summary>How many clients of one 8 Mbit/s stream are served without loss and less than half a second late: the program and the floor.</summary>
internal static class MostScenario
{
    private const int BitsPerSecond = 8_000_000;
    private const double LateMs = 500;

    /// <summary>Below the 20,000 open files that a process may usually have, and the 28,232 ports there are to come from.</summary>
    private const int Limit = 19_000;

    /// <summary>Where the search begins: what either serves with ease.</summary>
    private const int Start = 4000;

    public static async Task RunAsync(Report report)
    {
        NativeTools.Build();
        int floor = await MostAsync("floor", () => Stage.WithFloorAsync(1, BitsPerSecond));
        int program = await MostAsync("program", () => Stage.WithProgramAsync(1, BitsPerSecond));
        report.AddLeast(
            "most clients at 8 Mbit/s with p99 below 500 ms and nothing lost, beside the floor's",
            0.8, (double)program / floor, string.Create(CultureInfo.InvariantCulture, $"× ({program} / {floor})"));
    }

    /// <summary>By halves more until one is too many, then between the last two, to within 5 %.</summary>
    private static async Task<int> MostAsync(string what, Func<Task<Stage>> setUp)
    {
        int most = 0;
        int tooMany = Limit + 1;
        for (int readers = Start; tooMany - most > most / 20; readers = Next(most, tooMany))
        {
            if (await IsServedAsync(what, setUp, readers))
            {
                most = readers;
            }
            else
            {
                tooMany = readers;
            }
        }

        return most;
    }

    private static int Next(int most, int tooMany) =>
        tooMany <= Limit ? (most + tooMany) / 2 : Math.Min(most + (most / 2), Limit);

    /// <summary>A near miss may be the machine's: the second one counts.</summary>
    private static async Task<bool> IsServedAsync(string what, Func<Task<Stage>> setUp, int readers)
    {
        for (int attempt = 0; attempt < 2; attempt++)
        {
            using Stage stage = await setUp();
            double ramp = readers / 500.0; // a join's backlog is two seconds at once: joining must not be the load
            LoadResult result = await stage.LoadAsync(readers, seconds: ramp + 12, ramp, from: ramp + 5, checkEvery: 16);
            bool isServed = result.IsGapless && result.LateMsP99 < LateMs;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"  {what}, {readers} clients: p99 {result.LateMsP99:0} ms, lost {result.Lost}, repeated {result.Repeated}, bad {result.Bad}, "
                + $"closed {result.Closed}, silent {result.Silent}: {(isServed ? "served" : "not served")}"));
            if (isServed || result.LateMsP99 > 2 * LateMs)
            {
                return isServed;
            }
        }

        return false;
    }
}
