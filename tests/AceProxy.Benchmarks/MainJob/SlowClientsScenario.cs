using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Tests.Functional;

namespace AceProxy.Benchmarks.MainJob;

/// <summary>20 players beside 5 that take 4 KiB a second.</summary>
internal static class SlowClientsScenario
{
    private const int RingMiB = 8;

    public static async Task RunAsync(Report report)
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped(bitsPerSecond: 8_000_000, gopSeconds: 2));
        await using ProxyProcess proxy = await ProxyProcess.StartAsync(engine.EndPoint, ("RING_SIZE", $"{RingMiB}"));
        await WarmUpAsync(proxy, content);
        double before = proxy.ResidentMiB;
        using var stop = new CancellationTokenSource();
        Player[] fast = [.. Enumerable.Range(0, 20).Select(_ => new Player(proxy.Client, $"id={content.ContentId}"))];
        Player[] slow = [.. Enumerable.Range(0, 5).Select(_ => new Player(proxy.Client, $"id={content.ContentId}"))];
        Task playing = Task.WhenAll([.. fast.Select(player => player.PlayAsync(stop.Token)), .. slow.Select(player => player.PlayAsync(stop.Token, 4096))]);
        await Task.Delay(TimeSpan.FromSeconds(5));
        foreach (Player player in fast)
        {
            player.Checker.Lateness.Clear(); // the backlog of a join is meant to be old
        }

        await Task.WhenAny(playing, Task.Delay(TimeSpan.FromSeconds(200))); // three times CLIENT_STALL_TIMEOUT, and more
        double after = proxy.ResidentMiB;
        await stop.CancelAsync();
        await playing;

        double[] lateness = [.. fast.SelectMany(player => player.Checker.Lateness)];
        report.Add("20 players beside 5 at 4 KiB/s, 8 Mbit/s: lateness median", 300, Report.Percentile(lateness, 0.5), "ms");
        report.Add("… lateness p99", 300, Report.Percentile(lateness, 0.99), "ms");
        report.Add("… packets lost or repeated by the 20", "0", $"{fast.Sum(player => player.Checker.Missing + player.Checker.Repeated)}");
        report.Add("… disconnected of 20 / of 5", "0 / 0", $"{fast.Count(player => player.WasEnded)} / {slow.Count(player => player.WasEnded)}");
        report.Add($"… resident memory gained, ring of {RingMiB} MiB", RingMiB + 24, after - before, "MiB");
    }

    /// <summary>The runtime's own growth with its first clients is not what is measured.</summary>
    private static async Task WarmUpAsync(ProxyProcess proxy, SimulatedContent content)
    {
        using var enough = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        await Task.WhenAll(Enumerable.Range(0, 25).Select(_ => new Player(proxy.Client, $"id={content.ContentId}").PlayAsync(enough.Token)));
    }
}
