using System.Diagnostics;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Tests.Functional;

namespace AceProxy.Benchmarks.MainJob;

/// <summary>All leave; one comes back within the grace period; the worker is told to stop with players on.</summary>
internal static class LeavingScenario
{
    private const double Grace = 2;

    public static async Task RunAsync(Report report)
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped() with { PrebufferDelay = TimeSpan.FromSeconds(1) });
        await using ProxyProcess proxy = await ProxyProcess.StartAsync(engine.EndPoint, ("PROXY_GRACE_PERIOD", $"{Grace}"));

        await PlayAsync(proxy, content, TimeSpan.FromSeconds(3));
        await Task.Delay(TimeSpan.FromSeconds(Grace / 2));
        Player back = await PlayAsync(proxy, content, TimeSpan.FromSeconds(1));
        report.Add("back within the grace period: sessions opened", "1", $"{engine.SessionsOpened}");
        report.Add("… first byte (the engine needs 1 s for a cold start)", 50, back.FirstByte.TotalMilliseconds, "ms");

        long left = Stopwatch.GetTimestamp();
        await engine.WaitUntilAsync(state => state.OpenSessionCount == 0, TimeSpan.FromSeconds(30));
        report.Add("all have left: nothing open at the engine after", Grace + 1, Stopwatch.GetElapsedTime(left).TotalSeconds, "s");
        report.Add("… stops sent to the session", "1", string.Join(", ", engine.Sessions.Select(session => session.StopCount)));

        using var stop = new CancellationTokenSource();
        Player[] viewers = [.. Enumerable.Range(0, 20).Select(_ => new Player(proxy.Client, $"id={content.ContentId}"))];
        Task playing = Task.WhenAll(viewers.Select(player => player.PlayAsync(stop.Token)));
        await Task.Delay(TimeSpan.FromSeconds(3));
        (int exitCode, TimeSpan took) = await proxy.TerminateAsync();
        await playing;
        report.Add("SIGTERM with 20 viewers: exit code", "0", $"{exitCode}");
        report.Add("… gone after", 5, took.TotalSeconds, "s");
        report.Add("… open at the engine", "0", $"{engine.OpenSessionCount}");
    }

    private static async Task<Player> PlayAsync(ProxyProcess proxy, SimulatedContent content, TimeSpan duration)
    {
        using var stop = new CancellationTokenSource(duration);
        var player = new Player(proxy.Client, $"id={content.ContentId}");
        await player.PlayAsync(stop.Token);
        return player;
    }
}
