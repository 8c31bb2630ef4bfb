using System.Diagnostics;
using System.Globalization;

namespace AceProxy.Benchmarks.FanOut;

/// <summary>From the start of the process to its first answered request, and joins while 500 others watch.</summary>
internal static class StartScenario
{
    public static async Task RunAsync(Report report)
    {
        await StartsAsync(report, times: 7);
        await JoinsAsync(report);
    }

    public static async Task StartsAsync(Report report, int times)
    {
        report.Add(
            $"start of the process, as it is shipped, to its first answer, median of {times}", 400,
            await MedianAsync(PublishedProgram.Publish(), times), "ms");
        double built = await MedianAsync(Path.Combine(AppContext.BaseDirectory, "aceproxy.dll"), times);
        report.Add("… as it is built, compiled while it starts", "", string.Create(CultureInfo.InvariantCulture, $"{built:0} ms"));
    }

    private static async Task<double> MedianAsync(string program, int times)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        List<double> starts = [];
        for (int time = 0; time < times; time++)
        {
            int port = BenchProcess.FreePort();
            long started = Stopwatch.GetTimestamp();
            using var process = new BenchProcess(
                "dotnet", [program],
                ("ASPNETCORE_URLS", string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}")), ("ENGINES", "127.0.0.1:9"));
            await BenchProcess.ListeningAsync(port);
            await client.GetStringAsync(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/healthz"));
            starts.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        return Report.Percentile(starts, 0.5);
    }

    public static async Task JoinsAsync(Report report)
    {
        NativeTools.Build();
        using Stage stage = await Stage.WithProgramAsync(1, 8_000_000);
        Task<LoadResult> audience = stage.LoadAsync(500, seconds: 20, ramp: 4, from: 8);
        await Task.Delay(TimeSpan.FromSeconds(9));
        string[] target = stage.Targets[0].Split('/', 2);
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, MaxResponseDrainSize = 0 })
        {
            BaseAddress = new Uri($"http://127.0.0.1:{target[0]}"),
        };
        List<double> joins = [];
        for (int time = 0; time < 50; time++)
        {
            using var enough = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
            var player = new Player(client, target[1].Split('?')[1]);
            await player.PlayAsync(enough.Token);
            joins.Add(player.FirstByte.TotalMilliseconds);
        }

        await audience;
        report.Add("join beside 500 clients of a warm 8 Mbit/s stream, 50 times: first byte, median", 10, Report.Percentile(joins, 0.5), "ms");
    }
}
