using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Tests.Functional;

namespace AceProxy.Benchmarks.MainJob;

/// <summary>200 players at the same instant, half by id, half by infohash.</summary>
internal static class BurstScenario
{
    private const int Players = 200;

    public static async Task RunAsync(Report report)
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped(bitsPerSecond: 1_000_000) with { OpenDelay = TimeSpan.FromSeconds(0.5) });
        await using ProxyProcess proxy = await ProxyProcess.StartAsync(engine.EndPoint);
        using var stop = new CancellationTokenSource();
        Player[] players = [.. Enumerable.Range(0, Players).Select(number =>
            new Player(proxy.Client, number % 2 == 0 ? $"id={content.ContentId}" : $"infohash={content.Infohash}"))];
        Task playing = Task.WhenAll(players.Select(player => player.PlayAsync(stop.Token)));
        await Task.WhenAny(playing, Task.Delay(TimeSpan.FromSeconds(10)));
        await stop.CancelAsync();
        await playing;

        int good = players.Count(player => player.Status == 200 && !player.WasEnded
            && player.Checker is { Packets: > 0, Misaligned: 0, Missing: 0, Repeated: 0, CounterErrors: 0 });
        report.Add($"{Players} GETs at once: sessions at the engine", "1", $"{engine.SessionsOpened}");
        report.Add($"{Players} GETs at once: 200, gapless, aligned", $"{Players}", $"{good}");
        report.Add(
            "… first byte, beyond the engine's 500 ms (median / last)", "nobody waits for anybody",
            $"{Report.Percentile(players.Select(player => player.FirstByte.TotalMilliseconds - 500), 0.5):0} / "
            + $"{players.Max(player => player.FirstByte.TotalMilliseconds) - 500:0} ms");
    }
}
