using System.Globalization;

namespace AceProxy.Benchmarks.FanOut;

/// <summary>What the fan-out costs and how late it is, beside the floor at the same piece size in the same run.</summary>
internal static class FanOutScenario
{
    private const int Megabit = 1_000_000;

    public static async Task RunAsync(Report report)
    {
        NativeTools.Build();
        await CompareAsync(report, streams: 1, readers: 1000, 8 * Megabit, wanted: 1.15, "1,000 clients of one 8 Mbit/s stream");
        await CompareAsync(report, streams: 50, readers: 1000, 8 * Megabit, wanted: 1.3, "50 streams of 8 Mbit/s with 20 clients each");
        await CompareAsync(report, streams: 100, readers: 100, 8 * Megabit, wanted: 1.5, "100 streams of 8 Mbit/s with 1 client each");
        await LatenessAsync(report);
        await MemoryAsync(report);
        await SlowAsync(report);
        await MostScenario.RunAsync(report);
    }

    private static async Task CompareAsync(Report report, int streams, int readers, int bitsPerSecond, double wanted, string what)
    {
        double floor = await CostAsync(await Stage.WithFloorAsync(streams, bitsPerSecond), readers);
        double inPlace = await CostAsync(await Stage.WithFloorAsync(streams, bitsPerSecond, inPlace: true), readers);
        double program = await CostAsync(await Stage.WithProgramAsync(streams, bitsPerSecond), readers);
        report.Add($"{what}: CPU beside the floor's", wanted, program / floor, $"× ({program:0.000} / {floor:0.000} s/GB)");
        report.Add("… beside the floor's with sendfile", "", string.Create(CultureInfo.InvariantCulture, $"{program / inPlace:0.00} × ({inPlace:0.000} s/GB)"));
    }

    private static async Task<double> CostAsync(Stage stage, int readers)
    {
        using (stage)
        {
            LoadResult result = await stage.LoadAsync(readers, seconds: 20, ramp: 4, from: 9);
            return result.Ok == readers && result.Closed == 0 ? result.CpuSPerGb : double.NaN;
        }
    }

    private static async Task LatenessAsync(Report report)
    {
        using Stage stage = await Stage.WithProgramAsync(1, 4 * Megabit);
        LoadResult result = await stage.LoadAsync(2000, seconds: 25, ramp: 8, from: 14, checkEvery: 4);
        report.Add("2,000 clients × 4 Mbit/s: lateness median (of every 4th)", 60, result.LateMsMedian, "ms");
        report.Add("… p99", 250, result.LateMsP99, "ms");
        report.Add("… all served, gapless", "yes", result.IsGapless ? "yes" : result.ToString());
    }

    private static async Task MemoryAsync(Report report)
    {
        double[] resident = new double[3];
        for (int thousands = 1; thousands <= 3; thousands++)
        {
            using Stage stage = await Stage.WithProgramAsync(1, Megabit);
            Task<LoadResult> load = stage.LoadAsync(1000 * thousands, seconds: 20, ramp: 5, from: 0);
            await Task.Delay(TimeSpan.FromSeconds(17));
            resident[thousands - 1] = stage.Program!.ResidentKiB;
            await load;
        }

        report.Add("memory a client, from 1,000 to 2,000 clients", 24, (resident[1] - resident[0]) / 1000, "KiB");
        report.Add("… from 2,000 to 3,000", 24, (resident[2] - resident[1]) / 1000, "KiB");
    }

    private static async Task SlowAsync(Report report)
    {
        LoadResult[] results = new LoadResult[2];
        for (int slow = 0; slow < 2; slow++)
        {
            using Stage stage = await Stage.WithProgramAsync(1, 8 * Megabit);
            results[slow] = await stage.LoadAsync(1000, seconds: 25, ramp: 4, from: 9, checkEvery: 10, slow: slow * 10);
        }

        report.Add("10 slow clients of 1,000: CPU a GB beside that without them", 1.1, results[1].CpuSPerGb / results[0].CpuSPerGb, "×");
        report.Add("… lateness p99 beside that without them", 1.1, results[1].LateMsP99 / results[0].LateMsP99, "×");
        report.Add("… packets lost or repeated by the others", "0", $"{results[1].Lost + results[1].Repeated + results[1].Bad}");
    }
}
