using System.Diagnostics;

namespace AceProxy.Benchmarks.FanOut;

/// <summary>What a stream costs its owner and a follower, 500 clients each, beside the floor; and Redis between them.</summary>
internal static class SharingCost
{
    private const int Readers = 500;
    private const int BitsPerSecond = 8_000_000;
    private const double Wanted = 1.5;

    public static async Task RunAsync(Report report)
    {
        NativeTools.Build();
        double floor;
        using (Stage stage = await Stage.WithFloorAsync(1, BitsPerSecond))
        {
            floor = (await stage.LoadAsync(Readers, seconds: 24, ramp: 4, from: 9)).CpuSPerGb;
        }

        await using RedisProcess redis = await RedisProcess.StartAsync();
        using Stage cluster = await Stage.WithClusterAsync(1, BitsPerSecond, redis);
        Task<LoadResult> owner = LoadAsync(cluster, 0);
        await Task.Delay(TimeSpan.FromSeconds(2));
        Task<LoadResult> follower = LoadAsync(cluster, 1);
        await Task.Delay(TimeSpan.FromSeconds(9));
        (TimeSpan before, long began) = (redis.ProcessorTime, Stopwatch.GetTimestamp());
        await Task.Delay(TimeSpan.FromSeconds(10));
        double share = (redis.ProcessorTime - before) / Stopwatch.GetElapsedTime(began);
        foreach ((string who, LoadResult result) in ((string, LoadResult)[])[("owner", await owner), ("follower", await follower)])
        {
            report.Add(
                $"{Readers} clients of one 8 Mbit/s stream on its {who}, as many on the other: CPU a GB beside the floor's", Wanted, result.CpuSPerGb / floor,
                FormattableString.Invariant($"× ({result.CpuSPerGb:0.000} / {floor:0.000} s/GB)"));
            report.Add("… all served, gapless", "yes", result.IsGapless ? "yes" : result.ToString(), result.IsGapless);
        }

        report.Add("… redis-server's CPU beside them", "", FormattableString.Invariant($"{share * 100:0.0} %"));
    }

    private static Task<LoadResult> LoadAsync(Stage stage, int worker) =>
        stage.LoadAsync([stage.Servers[worker]], Readers, seconds: 24, ramp: 4, from: 9, checkEvery: 10, targets: [stage.Targets[worker]]);
}
