using System.Diagnostics;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Tests.Functional;

namespace AceProxy.Benchmarks.MainJob;

/// <summary>An engine that cannot or will not: which status, after how long; and whether the next request works.</summary>
internal static class RefusalScenario
{
    public static async Task RunAsync(Report report)
    {
        await MeasureAsync(report, "refuses connections", "503", 5, Contents.Stamped(), engine => engine.Refuse(true), engine => engine.Refuse(false));
        await MeasureAsync(report, "hangs with its port open", "504", 30 + 20, Contents.Stamped(), engine => engine.Hang(true), engine => engine.Hang(false));
        await MeasureAsync(report, "answers an error", "404", 5, Contents.Stamped() with { StartError = "failed to load content" });
        await MeasureAsync(report, "answers HTML", "502", 5, Contents.Stamped() with { StartDefect = ReplyDefect.Html });
        await MeasureAsync(report, "sends headers and nothing else", "504", 30, Contents.Stamped() with { Silent = true });
        await MeasureAsync(report, "sends after 25 s", "200", 27, Contents.Stamped() with { FirstByteDelay = TimeSpan.FromSeconds(25) });
    }

    private static async Task MeasureAsync(
        Report report, string name, string wanted, double limit, ContentScript script,
        Action<SimulatedEngine>? before = null, Action<SimulatedEngine>? after = null)
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent bad = engine.Add(script);
        SimulatedContent good = engine.Add(Contents.Stamped(number: 2));
        await using ProxyProcess proxy = await ProxyProcess.StartAsync(engine.EndPoint);
        before?.Invoke(engine);
        long started = Stopwatch.GetTimestamp();
        using HttpResponseMessage response = await proxy.Client.GetAsync(
            $"/ace/getstream?id={bad.ContentId}", HttpCompletionOption.ResponseHeadersRead);
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        after?.Invoke(engine);
        using HttpResponseMessage next = await proxy.Client.GetAsync(
            $"/ace/getstream?id={good.ContentId}", HttpCompletionOption.ResponseHeadersRead);
        report.Add($"engine {name}: status; the next request", $"{wanted}; 200", $"{(int)response.StatusCode}; {(int)next.StatusCode}");
        report.Add("… after", limit, seconds, "s");
    }
}
