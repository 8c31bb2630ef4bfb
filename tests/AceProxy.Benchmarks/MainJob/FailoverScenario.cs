using System.Globalization;
using AceProxy.Tests.Functional;

namespace AceProxy.Benchmarks.MainJob;

/// <summary>An engine is killed, stopped or drained under 10 streams with 20 players each; another one is free.</summary>
internal static class FailoverScenario
{
    private const int Streams = 10;
    private const int Players = 200;

    public static async Task RunAsync(Report report)
    {
        await MeasureAsync(report, "killed (-9)", 3, (engine, _) => engine.KillAsync());
        await MeasureAsync(report, "stopped (SIGSTOP), STALL_TIMEOUT 10 s", 13, (engine, _) => engine.StopAsync());
        await MeasureAsync(report, "drained", 1, async (engine, proxy) =>
        {
            using HttpResponseMessage response = await proxy.Client.PostAsync($"/api/engines/{engine.EndPoint}/drain", null);
            response.EnsureSuccessStatusCode();
        });
    }

    private static async Task MeasureAsync(Report report, string name, double limit, Func<EngineProcess, ProxyProcess, Task> strike)
    {
        await using EngineProcess lost = await EngineProcess.StartAsync(Streams, 1_000_000);
        await using EngineProcess other = await EngineProcess.StartAsync(Streams, 1_000_000);
        await using ProxyProcess proxy = await ProxyProcess.StartAsync($"{lost.EndPoint};forwarded,{other.EndPoint}");
        using var stop = new CancellationTokenSource();
        Player[] players = [.. Enumerable.Range(0, Players).Select(number =>
            new Player(proxy.Client, $"infohash={EngineProcess.Infohash(1 + (number % Streams))}"))];
        Task playing = Task.WhenAll(players.Select(player => player.PlayAsync(stop.Token)));
        await Task.Delay(TimeSpan.FromSeconds(6));
        DateTimeOffset struck = DateTimeOffset.UtcNow;
        await strike(lost, proxy);
        await Task.Delay(TimeSpan.FromSeconds(limit + 5));
        string left = name == "drained" ? $"; sessions left on it: {(await lost.OpenSessionsAsync()).ToString(CultureInfo.InvariantCulture)}" : "";
        await stop.CancelAsync();
        await playing;

        report.Add($"engine {name} under {Streams} streams × {Players / Streams}: longest time without a byte", limit,
            players.Max(player => player.LongestGap.TotalSeconds), "s");
        report.Add(
            "… players disconnected; without new data; packets repeated; lost; jumps unannounced", "0; 0; 0; 0 where they overlap; 0",
            $"{players.Count(player => player.WasEnded)}; {players.Count(player => player.Checker.NewestOnAir <= struck.AddSeconds(limit))}; "
            + $"{players.Sum(player => player.Checker.Repeated)}; {players.Sum(player => player.Checker.Missing)}; "
            + $"{players.Sum(player => player.Checker.CounterErrors)}{left}");
    }
}
