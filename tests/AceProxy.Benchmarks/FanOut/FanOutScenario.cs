using System.Globalization;
using AceProxy.Tests.Gates;

namespace AceProxy.Benchmarks.FanOut;

/// <summary>
/// Every goal of the fan-out in one run: cost beside the floor at the same piece size, lateness, capacity, memory, allocation, joins, slow
/// clients, idle streams and the start.
/// </summary>
internal sealed class FanOutScenario(Report report, Pace pace)
{
    private const int Megabit = 1_000_000;

    public static Task RunAsync(Report report, Pace pace) => new FanOutScenario(report, pace).RunAsync();

    /// <summary>A row of cost by itself: the number of streams decides which.</summary>
    public static Task CompareAsync(Report report, Pace pace, int streams)
    {
        NativeTools.Build();
        return new FanOutScenario(report, pace).CompareAsync(streams);
    }

    /// <summary>That row by itself.</summary>
    public static Task MeasureMemoryAsync(Report report, Pace pace)
    {
        NativeTools.Build();
        return new FanOutScenario(report, pace).MemoryAsync();
    }

    private async Task RunAsync()
    {
        NativeTools.Build();
        await CompareAsync(streams: 1);
        await InPlaceAsync();
        await CompareAsync(streams: 50);
        await LatenessAsync();
        if (pace.WithSearch)
        {
            await MostScenario.RunAsync(report);
        }
        else
        {
            report.Add("most clients at 8 Mbit/s with p99 below 500 ms and nothing lost", "≥ 0.8 × the floor's", "not measured in a quick run: `most`");
        }

        await MemoryAsync();
        Allocation();
        await StartScenario.JoinsAsync(report);
        await SlowAsync();
        await CompareAsync(streams: 100);
        await StartScenario.StartsAsync(report, pace.Starts);
    }

    private Task CompareAsync(int streams) => streams switch
    {
        1 => BesideFloorAsync(streams, readers: 1000, wanted: 1.15, "1,000 clients of one 8 Mbit/s stream"),
        50 => BesideFloorAsync(streams, readers: 1000, wanted: 1.3, "50 streams of 8 Mbit/s with 20 clients each"),
        _ => BesideFloorAsync(streams, readers: streams, wanted: 1.5, $"{streams} streams of 8 Mbit/s with 1 client each"),
    };

    /// <summary>
    /// Floor and program stand side by side and are loaded in turn, since the machine's own speed changes within minutes; what counts is the
    /// median of the rounds' ratios. The program's turns are longer than its rings: what is dropped from them while it is measured has been
    /// sent in that same turn. Its streams outlive the floor's turns, and the floor's rings are full before its first.
    /// </summary>
    private async Task BesideFloorAsync(int streams, int readers, double wanted, string what)
    {
        using Stage program = await Stage.WithProgramAsync(streams, 8 * Megabit, ("PROXY_GRACE_PERIOD", "60"));
        using Stage floor = await Stage.WithFloorAsync(streams, 8 * Megabit);
        List<(double Program, double Floor)> rounds = [];
        for (int round = 0; round < pace.Rounds; round++)
        {
            double ofProgram = CostOf(await LoadAsync(program, readers, ramp: 4, settle: pace.RingFill));
            rounds.Add((ofProgram, CostOf(await LoadAsync(floor, readers, ramp: 4))));
        }

        // A round that did not serve everybody has no number, and counts as the dearest.
        rounds = [.. rounds.OrderBy(static round => round.Program / round.Floor is var ratio && double.IsNaN(ratio) ? double.PositiveInfinity : ratio)];
        (double costs, double floors) = rounds[rounds.Count / 2];
        report.Add($"{what}: CPU a GB beside the floor's, median of {pace.Rounds}", wanted, costs / floors, string.Create(
            CultureInfo.InvariantCulture,
            $"× ({costs:0.000} / {floors:0.000} s/GB; all: {string.Join(", ", rounds.Select(Ratio))})"));

        static string Ratio((double Program, double Floor) round) => (round.Program / round.Floor).ToString("0.00", CultureInfo.InvariantCulture);
    }

    /// <summary>What there still is to be had: a floor that sends in place, but may send what was overwritten.</summary>
    private async Task InPlaceAsync()
    {
        using Stage floor = await Stage.WithFloorAsync(1, 8 * Megabit, inPlace: true);
        double cost = CostOf(await LoadAsync(floor, readers: 1000, ramp: 4));
        report.Add("… of a floor that uses sendfile", "", string.Create(CultureInfo.InvariantCulture, $"{cost:0.000} s/GB"));
    }

    /// <summary>A cost counts only if everybody was served.</summary>
    private static double CostOf(LoadResult result) => result.Ok == result.Readers && result.Closed == 0 ? result.CpuSPerGb : double.NaN;

    /// <summary>The steady state begins some seconds after the last has come.</summary>
    private Task<LoadResult> LoadAsync(Stage stage, int readers, double ramp, int checkEvery = 0, int slow = 0, double settle = 5) =>
        stage.LoadAsync(readers, seconds: ramp + settle + pace.Window, ramp, from: ramp + settle, checkEvery, slow);

    private async Task LatenessAsync()
    {
        using Stage stage = await Stage.WithProgramAsync(1, 4 * Megabit);
        LoadResult result = await LoadAsync(stage, readers: 2000, ramp: 8, checkEvery: 4);
        report.Add("2,000 clients × 4 Mbit/s, of every 4th: lateness median", 60, result.LateMsMedian, "ms");
        report.Add("… p99", 250, result.LateMsP99, "ms");
        report.Add("… all served, gapless", "yes", result.IsGapless ? "yes" : result.ToString(), result.IsGapless);
    }

    private async Task MemoryAsync()
    {
        const int Times = 3; // how much garbage there is by then is chance
        double[] resident = new double[3];
        for (int thousands = 1; thousands <= 3; thousands++)
        {
            List<double> each = [];
            for (int time = 0; time < Times; time++)
            {
                using Stage stage = await Stage.WithProgramAsync(1, Megabit);
                Task<LoadResult> load = stage.LoadAsync(1000 * thousands, seconds: 14 + pace.Window, ramp: 5, from: 0);
                await Task.Delay(TimeSpan.FromSeconds(11 + pace.Window));
                each.Add(stage.Program!.ResidentKiB);
                await load;
            }

            resident[thousands - 1] = Report.Percentile(each, 0.5);
        }

        report.Add("memory a client, from 1,000 to 2,000 clients, medians of 3", 24, (resident[1] - resident[0]) / 1000, "KiB");
        report.Add("… from 2,000 to 3,000", 24, (resident[2] - resident[1]) / 1000, "KiB");
    }

    private void Allocation()
    {
        const int Few = 1;
        const int Many = 32;
        double few = Allocated(Few);
        double many = Allocated(Many);
        report.AddGate("allocation a chunk for a client more", 0, (many - few) / (Many - Few), "bytes");
        report.AddGate("… a chunk, whoever watches", HotPath.PerChunk, few, "bytes");

        static double Allocated(int followers)
        {
            using var step = new PushStep("push", HotPath.PerChunk, followers);
            return HotPathFigures.Of(step, runs: 201).Allocated;
        }
    }

    private async Task SlowAsync()
    {
        LoadResult[] results = new LoadResult[2];
        for (int slow = 0; slow < 2; slow++)
        {
            using Stage stage = await Stage.WithProgramAsync(1, 8 * Megabit);
            results[slow] = await LoadAsync(stage, readers: 1000, ramp: 4, checkEvery: 10, slow: slow * 10);
        }

        LoadResult with = results[1];
        report.Add("10 slow clients of 1,000: CPU a GB beside that without them", 1.1, with.CpuSPerGb / results[0].CpuSPerGb, "×");
        report.Add("… lateness p99 of the others beside that without them", 1.1, with.LateMsP99 / results[0].LateMsP99, "×");
        long broken = with.Lost + with.Repeated + with.Bad + with.Unaligned;
        report.Add("… packets lost, repeated or broken for the others", "0", $"{broken}", broken == 0);
    }
}
