using System.Globalization;
using AceProxy.Benchmarks.FanOut;

namespace AceProxy.Benchmarks.Profile;

/// <summary>Where the time of the fan-out goes, by layer: the floor with either call, and the program with either way of sending.</summary>
internal static class ProfileScenario
{
    private const int Readers = 1000;
    private const int BitsPerSecond = 8_000_000;
    private const int SampleSeconds = 6;
    private const int PerfSeconds = 4;

    /// <summary>What calls are counted by: this many bytes to one client, a full chunk.</summary>
    private const double Chunk = 65536;

    public static async Task RunAsync(Report report)
    {
        NativeTools.Build();
        foreach (int streams in (int[])[1, 50])
        {
            string load = string.Create(CultureInfo.InvariantCulture, $"{streams} × {Readers / streams}");
            await MeasureAsync($"{load}, floor (send)", await Stage.WithFloorAsync(streams, BitsPerSecond), null);
            await MeasureAsync($"{load}, floor (sendfile)", await Stage.WithFloorAsync(streams, BitsPerSecond, inPlace: true), null);
            foreach (string way in (string[])["off", "on"])
            {
                string file = Path.GetTempFileName();
                Stage program = await Stage.WithProgramAsync(
                    streams, BitsPerSecond, ("DIRECT_SENDING", way), (StartupHook.FileVariable, file),
                    ("DOTNET_STARTUP_HOOKS", typeof(StartupHook).Assembly.Location));
                await MeasureAsync($"{load}, program, DIRECT_SENDING={way}", program, file);
                File.Delete(file);
            }
        }

        report.Add("profile", "", Perf.IsThere ? "above" : "above, without layers and calls: perf is not installed (apt-get install linux-perf)");
    }

    private static async Task MeasureAsync(string what, Stage stage, string? collectorFile)
    {
        using (stage)
        {
            const double Ramp = 4;
            const double From = Ramp + 5;
            Task<LoadResult> loading = stage.LoadAsync(Readers, seconds: From + SampleSeconds + (2 * PerfSeconds) + 3, Ramp, From);
            await Task.Delay(TimeSpan.FromSeconds(From));
            var before = ProcessSample.Of(stage.Servers);
            CollectorFigures collectedBefore = Collector(collectorFile);
            await Task.Delay(TimeSpan.FromSeconds(SampleSeconds));
            var after = ProcessSample.Of(stage.Servers);
            CollectorFigures collected = Collector(collectorFile);
            IReadOnlyList<(string Layer, double Share)> layers = Perf.IsThere ? Perf.Layers(stage.Servers, PerfSeconds) : [];
            IReadOnlyList<(string Name, double PerSecond)> calls = Perf.IsThere ? Perf.SystemCalls(stage.Servers, PerfSeconds) : [];
            LoadResult result = await loading;

            double bytesPerSecond = result.WindowBytes / result.WindowS;
            double gigabytes = bytesPerSecond * SampleSeconds / 1e9;
            double cpu = after.User + after.Kernel - before.User - before.Kernel;
            double chunksPerSecond = bytesPerSecond / Chunk;
            Print(what, Invariant($"{result.Ok} of {Readers} served, {bytesPerSecond / 1e6:0} MB/s"));
            Print("  CPU", Invariant(
                $"{cpu / gigabytes:0.000} s/GB: user {(after.User - before.User) / gigabytes:0.000}, kernel {(after.Kernel - before.Kernel) / gigabytes:0.000}"));
            Print("  context switches", Invariant($"{(after.Switches - before.Switches) / (double)SampleSeconds:0} a second"));
            Print("  collector", Invariant($"{collected.Collections - collectedBefore.Collections} collections, {collected.Full - collectedBefore.Full} full, ")
                + Invariant($"{collected.PauseMs - collectedBefore.PauseMs:0.0} ms of pause, ")
                + Invariant($"{(collected.AllocatedBytes - collectedBefore.AllocatedBytes) / 1e6:0.0} MB allocated in {SampleSeconds} s"));
            Print("  threads", string.Join(", ", after.Threads
                .Select(thread => (thread.Key, Cpu: (thread.Value - before.Threads.GetValueOrDefault(thread.Key)) / cpu))
                .Where(thread => thread.Cpu >= 0.01).OrderByDescending(thread => thread.Cpu).Select(thread => Invariant($"{thread.Key} {thread.Cpu:0%}"))));
            Print("  layers", string.Join(", ", layers.Where(layer => layer.Share >= 0.005)
                .Select(layer => Invariant($"{layer.Layer} {layer.Share:0%} = {layer.Share * cpu / gigabytes:0.000} s/GB"))));
            Print("  calls for 64 KiB to a client", string.Join(", ", calls.Take(8)
                .Select(call => Invariant($"{call.Name} {call.PerSecond / chunksPerSecond:0.0000}"))));
        }
    }

    private static CollectorFigures Collector(string? file) => file is null ? CollectorFigures.None : CollectorFigures.Read(file);

    private static void Print(string what, string text) => Console.WriteLine($"{what}: {text}");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
