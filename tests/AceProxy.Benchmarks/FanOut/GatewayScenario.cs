namespace AceProxy.Benchmarks.FanOut;

/// <summary>What the gateway costs that passes every byte on, beside the worker behind it. Needs redis-server.</summary>
internal static class GatewayScenario
{
    private const int Readers = 500;
    private const int Megabit = 1_000_000;

    public static async Task RunAsync(Report report)
    {
        NativeTools.Build();
        foreach (int bitsPerSecond in (int[])[2 * Megabit, 8 * Megabit])
        {
            (Stage stage, BenchProcess gateway) = await Stage.WithGatewayAsync(1, bitsPerSecond);
            using (stage)
            {
                Task<LoadResult> load = stage.LoadAsync([gateway.Id], Readers, seconds: 20, ramp: 4, from: 9, checkEvery: 10);
                await Task.Delay(TimeSpan.FromSeconds(15));
                double memory = gateway.ResidentKiB / 1024;
                LoadResult passing = await load;
                LoadResult serving = await stage.LoadAsync([stage.Program!.Id], Readers, seconds: 20, ramp: 4, from: 9);
                string of = $"{Readers} clients of one {bitsPerSecond / Megabit} Mbit/s stream";
                report.Add($"{of} through the gateway: its CPU", "", FormattableString.Invariant($"{passing.CpuSPerGb:0.000} s/GB"));
                report.Add("… the worker's beside it", "", FormattableString.Invariant($"{serving.CpuSPerGb:0.000} s/GB"));
                report.Add("… all served, gapless", "yes", passing.IsGapless ? "yes" : passing.ToString(), passing.IsGapless);
                report.Add(
                    "… lateness median / p99", "", FormattableString.Invariant($"{passing.LateMsMedian:0} / {passing.LateMsP99:0} ms"));
                report.Add("… the gateway's memory", "", FormattableString.Invariant($"{memory:0} MiB"));
            }
        }
    }
}
