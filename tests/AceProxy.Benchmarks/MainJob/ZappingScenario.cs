using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Tests.Functional;

namespace AceProxy.Benchmarks.MainJob;

/// <summary>1,000 rounds of open, read a little, leave, another content.</summary>
internal static class ZappingScenario
{
    private const int Rounds = 1000;
    private const int Channels = 20;

    public static async Task RunAsync(Report report)
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent[] contents = [.. Enumerable.Range(1, Channels).Select(number => engine.Add(Contents.Stamped(number)))];
        await using ProxyProcess proxy = await ProxyProcess.StartAsync(engine.EndPoint, ("PROXY_GRACE_PERIOD", "0"));
        int failed = 0;
        List<string> memory = [];
        for (int time = 0; time < 4; time++)
        {
            failed += await ZapAsync(proxy, contents, Rounds);
            await engine.WaitUntilAsync(state => state.OpenSessionCount == 0, TimeSpan.FromSeconds(30));
            memory.Add($"{proxy.ResidentMiB:0}");
        }

        report.Add($"4 times {Rounds} rounds of zapping over {Channels} contents: rounds without data", "0", $"{failed}");
        report.Add("… sessions opened / open at the end", "… / 0", $"{engine.SessionsOpened} / {engine.OpenSessionCount}");
        report.Add("… sessions not stopped exactly once", "0", $"{engine.Sessions.Count(session => session.StopCount != 1)}");
        report.Add("… streams left", "0", $"{(await proxy.StreamsAsync()).Length}");
        report.Add("… resident memory after each time", "no growth after the first", $"{string.Join(" / ", memory)} MiB");
    }

    private static async Task<int> ZapAsync(ProxyProcess proxy, SimulatedContent[] contents, int rounds)
    {
        int failed = 0, next = -1;
        byte[][] buffers = [.. Enumerable.Range(0, 4).Select(_ => new byte[32 * 1024])];
        await Task.WhenAll(buffers.Select(async buffer =>
        {
            int round;
            while ((round = Interlocked.Increment(ref next)) < rounds)
            {
                using HttpResponseMessage response = await proxy.Client.GetAsync(
                    $"/ace/getstream?id={contents[round * 7 % Channels].ContentId}", HttpCompletionOption.ResponseHeadersRead);
                using Stream body = await response.Content.ReadAsStreamAsync();
                if (!response.IsSuccessStatusCode || await body.ReadAtLeastAsync(buffer, buffer.Length, false) < buffer.Length)
                {
                    Interlocked.Increment(ref failed);
                }
            }
        }));
        return failed;
    }
}
