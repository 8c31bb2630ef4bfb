using System.Diagnostics;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Tests.Functional;

namespace AceProxy.Benchmarks.MainJob;

/// <summary>What engines do in mid-play, ten times each: how long until new data flows, and who was thrown out.</summary>
internal static class FaultScenario
{
    private const int Times = 10;

    public static async Task RunAsync(Report report)
    {
        await MeasureAsync(report, "connection cut (RST)", content => Once(content, StreamFault.Reset));
        await MeasureAsync(report, "clean end of body", content => Once(content, StreamFault.Eof));
        await MeasureAsync(report, "300,000 bytes of garbage", content => Once(content, StreamFault.Garbage(300_000)));
        await MeasureAsync(report, "8 s stall (counted from its end)", async content =>
        {
            content.Fault(StreamFault.Stall(TimeSpan.FromSeconds(8)));
            await Task.Delay(TimeSpan.FromSeconds(8));
        });
        await MeasureAsync(report, "500 on the playback URL for 4 s (counted from its end)", async content =>
        {
            content.Update(script => script with { PlaybackStatus = 500 });
            content.Fault(StreamFault.Reset);
            await Task.Delay(TimeSpan.FromSeconds(4));
            content.Update(script => script with { PlaybackStatus = null });
        });
    }

    private static Task Once(SimulatedContent content, StreamFault fault)
    {
        content.Fault(fault);
        return Task.CompletedTask;
    }

    private static async Task MeasureAsync(Report report, string name, Func<SimulatedContent, Task> fault)
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped());
        await using ProxyProcess proxy = await ProxyProcess.StartAsync(engine.EndPoint);
        using var stop = new CancellationTokenSource();
        Player[] players = [.. Enumerable.Range(0, 5).Select(_ => new Player(proxy.Client, $"id={content.ContentId}"))];
        Task playing = Task.WhenAll(players.Select(player => player.PlayAsync(stop.Token)));
        await Task.Delay(TimeSpan.FromSeconds(3));
        List<double> recoveries = [];
        for (int time = 0; time < Times; time++)
        {
            await fault(content);
            long over = Stopwatch.GetTimestamp();
            long newest = players.Max(player => player.Checker.LastSequence);
            while (players.Any(player => player.Checker.LastSequence <= newest) && Stopwatch.GetElapsedTime(over).TotalSeconds < 30)
            {
                await Task.Delay(5);
            }

            recoveries.Add(Stopwatch.GetElapsedTime(over).TotalSeconds);
            await Task.Delay(TimeSpan.FromSeconds(1));
        }

        await stop.CancelAsync();
        await playing;
        report.Add($"{name}, {Times} times: data flows again, worst", 3, recoveries.Max(), "s");
        report.Add(
            "… players disconnected; packets misaligned; counters that jump unannounced", "0; 0; 0",
            $"{players.Count(player => player.WasEnded)}; {players.Sum(player => player.Checker.Misaligned)}; "
            + $"{players.Sum(player => player.Checker.CounterErrors)}");
    }
}
