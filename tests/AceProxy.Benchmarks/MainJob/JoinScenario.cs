using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Tests.Functional;

namespace AceProxy.Benchmarks.MainJob;

/// <summary>Joins of a warm stream in the middle of its 10 s GOPs.</summary>
internal static class JoinScenario
{
    public static async Task RunAsync(Report report)
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped(gopSeconds: 10) with { Burst = TimeSpan.FromSeconds(12) });
        await using ProxyProcess proxy = await ProxyProcess.StartAsync(engine.EndPoint);
        using var stop = new CancellationTokenSource();
        Task watching = new Player(proxy.Client, $"id={content.ContentId}").PlayAsync(stop.Token);
        await Task.Delay(TimeSpan.FromSeconds(3));
        List<Player> joins = [];
        for (int number = 0; number < 50; number++)
        {
            using var enough = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
            var player = new Player(proxy.Client, $"infohash={content.Infohash}");
            await player.PlayAsync(enough.Token);
            joins.Add(player);
        }

        await stop.CancelAsync();
        await watching;
        report.Add("join in mid-GOP of a warm stream, 50 times: first byte, median", 50,
            Report.Percentile(joins.Select(player => player.FirstByte.TotalMilliseconds), 0.5), "ms");
        report.Add("… worst", 50, joins.Max(player => player.FirstByte.TotalMilliseconds), "ms");
        report.Add("… began at a random access point, behind PAT and PMT", "50",
            $"{joins.Count(player => player.Checker is { BeganAtRandomAccess: true, FirstPids: [0, _, 0x101, ..] })}");
    }
}
