using System.Diagnostics;
using System.Globalization;
using AceProxy.Benchmarks.FanOut;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Tests.Functional;

namespace AceProxy.Benchmarks.MainJob;

/// <summary>Three workers and one Redis: lateness of followers' players, owners killed and told to end, Redis lost, commands a second.</summary>
internal static class ClusterScenario
{
    private const int Losses = 10;

    /// <summary>PROXY_LEASE_TIME's default.</summary>
    private const double Lease = 6;

    public static async Task RunAsync(Report report)
    {
        await LatenessAsync(report, 8_000_000, 0.5);
        await LatenessAsync(report, 300_000, 1.5);
        await CostAsync(report);
        await TerminatedAsync(report);
        await OwnerKills.RunAsync(report);
        await RedisLostAsync(report);
    }

    /// <summary>What sharing costs: Redis's commands by the players, and CPU beside the floor's.</summary>
    public static async Task CostAsync(Report report)
    {
        await SharingTraffic.RunAsync(report);
        await SharingCost.RunAsync(report);
    }

    private static async Task LatenessAsync(Report report, int bitsPerSecond, double most)
    {
        const int Players = 300;
        await using RedisProcess redis = await RedisProcess.StartAsync();
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped(bitsPerSecond: bitsPerSecond) with { OpenDelay = TimeSpan.FromSeconds(0.5) });
        ProxyProcess[] workers = await StartAsync(3, redis, engine);
        using var stop = new CancellationTokenSource();
        Player[] players = [.. Enumerable.Range(0, Players).Select(number => new Player(workers[number % 3].Client, $"infohash={content.Infohash}"))];
        Task playing = Task.WhenAll(players.Select(player => player.PlayAsync(stop.Token)));
        await Task.Delay(TimeSpan.FromSeconds(10));
        foreach (Player player in players)
        {
            player.Checker.Lateness.Clear(); // of what comes from now on
        }

        await Task.Delay(TimeSpan.FromSeconds(10));
        string?[] roles = await Task.WhenAll(workers.Select(worker => worker.RoleAsync()));
        await stop.CancelAsync();
        await playing;

        double[] medians = [.. Enumerable.Range(0, 3).Select(worker =>
            Report.Percentile(players.Where((_, number) => number % 3 == worker).SelectMany(player => player.Checker.Lateness.ToArray()), 0.5))];
        double owner = medians[Array.IndexOf(roles, "owner")];
        double follower = medians.Where((_, worker) => roles[worker] == "follower").Max();
        string what = string.Create(CultureInfo.InvariantCulture, $"{Players} players at once on three workers, {bitsPerSecond / 1e6} Mbit/s");
        report.Add($"{what}: sessions; gapless", $"1; {Players}", $"{engine.SessionsOpened}; {players.Count(IsGapless)}");
        report.Add("… followers' players behind the owner's (median)", most, (follower - owner) / 1000, "s");
        await EndAsync(workers);
    }

    private static async Task TerminatedAsync(Report report)
    {
        await using RedisProcess redis = await RedisProcess.StartAsync();
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped(bitsPerSecond: 4_000_000) with { Burst = TimeSpan.FromSeconds(10) });
        ProxyProcess[] workers = await StartAsync(3, redis, engine);
        using var stop = new CancellationTokenSource();
        Player own = new(workers[0].Client, $"infohash={content.Infohash}");
        Task owning = own.PlayAsync(stop.Token);
        await Task.Delay(TimeSpan.FromSeconds(2));
        Player[] players = [.. Enumerable.Range(0, 60).Select(number => new Player(workers[1 + (number % 2)].Client, $"infohash={content.Infohash}"))];
        Task playing = Task.WhenAll(players.Select(player => player.PlayAsync(stop.Token)));
        await Task.Delay(TimeSpan.FromSeconds(5));
        (int exitCode, TimeSpan took) = await workers[0].TerminateAsync();
        await Task.Delay(TimeSpan.FromSeconds(5));
        await stop.CancelAsync();
        await Task.WhenAll(playing, owning);
        report.Add("SIGTERM of the owner, 60 players on the others: longest gap", 1, players.Max(player => player.LongestGap.TotalSeconds), "s");
        report.Add(
            "… ended; missing; repeated; exit code, after", "0; 0; 0; 0",
            string.Create(
                CultureInfo.InvariantCulture,
                $"{players.Count(player => player.WasEnded)}; {players.Sum(player => player.Checker.Missing)}; "
                + $"{players.Sum(player => player.Checker.Repeated)}; {exitCode}, {took.TotalSeconds:0.00} s"));
        await EndAsync(workers[1..]);
    }

    public static async Task RedisLostAsync(Report report)
    {
        await using RedisProcess redis = await RedisProcess.StartAsync();
        await using SimulatedEngine first = await SimulatedEngine.StartAsync();
        await using SimulatedEngine second = await SimulatedEngine.StartAsync();
        ContentScript script = Contents.Stamped(bitsPerSecond: 2_000_000) with { Burst = TimeSpan.FromSeconds(12) };
        ContentScript alike = Contents.Stamped(2, bitsPerSecond: 2_000_000);
        first.Add(script);
        first.Add(alike);
        second.Add(script);
        await using ProxyProcess alone = await ProxyProcess.StartAsync(first.EndPoint.ToString());
        ProxyProcess[] workers = await StartAsync(2, redis, $"{first.EndPoint},{second.EndPoint}");
        using var stop = new CancellationTokenSource();
        Player own = new(workers[0].Client, $"infohash={script.Infohash}"), other = new(workers[1].Client, $"infohash={script.Infohash}");
        Player control = new(alone.Client, $"infohash={alike.Infohash}"); // what this machine does to a stream that nothing happens to
        Task owning = Task.WhenAll(own.PlayAsync(stop.Token), control.PlayAsync(stop.Token));
        await Task.Delay(TimeSpan.FromSeconds(2));
        Task playing = other.PlayAsync(stop.Token);
        await Task.Delay(TimeSpan.FromSeconds(5));
        double slowest = 0;
        (double Own, double Other) gaps = (0, 0);
        for (int round = 0; round < Losses; round++)
        {
            await redis.KillAsync();
            await Task.Delay(TimeSpan.FromSeconds(30));
            await redis.RestartAsync();
            long back = Stopwatch.GetTimestamp();
            while ((await Task.WhenAll(workers.Select(worker => worker.RoleAsync()))).Count(role => role == "owner") != 1
                && Stopwatch.GetElapsedTime(back) < TimeSpan.FromSeconds(60))
            {
                await Task.Delay(50);
            }

            slowest = Math.Max(slowest, Stopwatch.GetElapsedTime(back).TotalSeconds);
            await Task.Delay(TimeSpan.FromSeconds(3));
            if (gaps != (own.LongestGap.TotalSeconds, other.LongestGap.TotalSeconds))
            {
                gaps = (own.LongestGap.TotalSeconds, other.LongestGap.TotalSeconds);
                Console.WriteLine(FormattableString.Invariant($"  round {round}: longest gaps so far {gaps.Own:0.00} / {gaps.Other:0.00} s"));
            }
        }

        await stop.CancelAsync();
        await Task.WhenAll(owning, playing);
        report.Add($"Redis killed for 30 s and started empty, {Losses} times: one owner again after (slowest)", 10, slowest, "s");
        report.Add("… longest gap of the first owner's player", 0.2, own.LongestGap.TotalSeconds, "s");
        report.Add("… longest gap of a player of a worker without Redis", "", FormattableString.Invariant($"{control.LongestGap.TotalSeconds:0.00} s"));
        report.Add("… longest gap of the follower's player", Lease + 3, other.LongestGap.TotalSeconds, "s");
        report.Add(
            "… ended; missing; repeated, of both", "0; 0; 0",
            $"{(own.WasEnded ? 1 : 0) + (other.WasEnded ? 1 : 0)}; {own.Checker.Missing + other.Checker.Missing}; "
            + $"{own.Checker.Repeated + other.Checker.Repeated}");
        await EndAsync(workers);
    }

    private static bool IsGapless(Player player) =>
        player.Status == 200 && !player.WasEnded && player.Checker is { Packets: > 0, Misaligned: 0, Missing: 0, Repeated: 0, CounterErrors: 0 };

    public static Task<ProxyProcess[]> StartAsync(int count, RedisProcess redis, SimulatedEngine engine) =>
        StartAsync(count, redis, engine.EndPoint.ToString());

    private static Task<ProxyProcess[]> StartAsync(int count, RedisProcess redis, string engines) =>
        Task.WhenAll(Enumerable.Range(0, count).Select(number => ProxyProcess.StartAsync(engines, [("WORKER_ID", $"w{number}"), .. redis.Settings])));

    public static async Task EndAsync(ProxyProcess[] workers)
    {
        foreach (ProxyProcess worker in workers)
        {
            await worker.DisposeAsync();
        }
    }
}
