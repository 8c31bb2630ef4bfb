using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace AceProxy.Benchmarks.Profile;

/// <summary>What Linux's perf sees of some processes: where their CPU time goes, and what they ask of the kernel.</summary>
internal static partial class Perf
{
    /// <summary>Kernel functions by what they are about; the first that fits counts. Whatever fits none is "the rest of the kernel".</summary>
    private static readonly (string Layer, Regex Symbols)[] KernelLayers =
    [
        ("kernel: copying", Copies()),
        ("kernel: wake-ups and scheduling", WakeUps()),
        ("kernel: pages by reference (sendfile)", Pages()),
        ("kernel: TCP/IP and sockets", Network()),
        ("kernel: entry and exit of calls", Entry()),
    ];

    public static bool IsThere { get; } = Run("--version").Length > 0;

    /// <summary>Shares of the samples by layer, largest first.</summary>
    public static IReadOnlyList<(string Layer, double Share)> Layers(IEnumerable<int> processes, int seconds)
    {
        string folder = Directory.CreateTempSubdirectory("aceproxy-perf-").FullName;
        try
        {
            string data = Path.Combine(folder, "data");
            Run("record", "-q", "-e", "cpu-clock", "-F", "499", "-o", data, "-p", string.Join(',', processes), "--", "sleep", $"{seconds}");
            string table = Run("report", "-i", data, "--stdio", "-q", "-g", "none", "--no-children", "--sort", "dso,symbol", "-F", "overhead,dso,symbol");
            return
            [
                .. ReportLine().Matches(table)
                    .Select(line => (
                        Layer: LayerOf(line.Groups["object"].Value, line.Groups["symbol"].Value),
                        Share: double.Parse(line.Groups["share"].ValueSpan, CultureInfo.InvariantCulture) / 100))
                    .GroupBy(line => line.Layer, (layer, lines) => (layer, lines.Sum(line => line.Share)))
                    .OrderByDescending(layer => layer.Item2),
            ];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>System calls a second by kind, most frequent first.</summary>
    public static IReadOnlyList<(string Name, double PerSecond)> SystemCalls(IEnumerable<int> processes, int seconds) =>
    [
        .. SummaryLine().Matches(Run("trace", "-s", "-p", string.Join(',', processes), "--", "sleep", $"{seconds}"))
            .Select(line => (Name: line.Groups["name"].Value, Calls: double.Parse(line.Groups["calls"].ValueSpan, CultureInfo.InvariantCulture)))
            .GroupBy(line => line.Name, (name, lines) => (name, lines.Sum(line => line.Calls) / seconds))
            .OrderByDescending(call => call.Item2),
    ];

    private static string LayerOf(string sharedObject, string symbol)
    {
        if (sharedObject.Contains("kernel", StringComparison.Ordinal))
        {
            return KernelLayers.FirstOrDefault(layer => layer.Symbols.IsMatch(symbol)).Layer ?? "kernel: the rest";
        }

        return sharedObject switch
        {
            "libcoreclr.so" or "libclrgc.so" => "the runtime and its collector",
            "libclrjit.so" => "the runtime's compiler",
            "libSystem.Native.so" or "libc.so.6" or "floor" => sharedObject,
            _ => "managed code",
        };
    }

    /// <summary>What it printed; nothing where there is no perf.</summary>
    private static string Run(params string[] arguments)
    {
        try
        {
            var start = new ProcessStartInfo("perf", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
            using Process perf = Process.Start(start)!;
            Task<string> errors = perf.StandardError.ReadToEndAsync(); // where trace prints its summary
            string output = perf.StandardOutput.ReadToEnd();
            perf.WaitForExit();
            return output + errors.GetAwaiter().GetResult();
        }
        catch (Win32Exception)
        {
            return "";
        }
    }

    [GeneratedRegex(@"^ *(?<share>[\d.]+)% +(?<object>\S.*?) +\[.\] (?<symbol>.*)$", RegexOptions.Multiline)]
    private static partial Regex ReportLine();

    [GeneratedRegex(@"^ +(?<name>\w+) +(?<calls>\d+) +\d+ +[\d.]+ ", RegexOptions.Multiline)]
    private static partial Regex SummaryLine();

    [GeneratedRegex("copy_(from|to|user|page|data)|copyin|copyout|rep_movs|memcpy|memset|clear_page|clear_user")]
    private static partial Regex Copies();

    [GeneratedRegex("futex|sched|wake|ttwu|ep_|eventpoll|epoll|pick_|enqueue|dequeue|switch_to|finish_task|sock_def_readable|hrtimer|yield|rq_")]
    private static partial Regex WakeUps();

    [GeneratedRegex("sendfile|splice|pipe|folio|page|shmem|filemap|xas_|fallocate|truncate")]
    private static partial Regex Pages();

    [GeneratedRegex("tcp|ip_|ipv4|skb|sk_|sock|inet|netif|net_|dev_|loopback|backlog|nf_|napi|softirq|send|recv|kmem|kfree|kmalloc|slab|csum|rt_")]
    private static partial Regex Network();

    [GeneratedRegex("entry_|syscall|exit_to_user|fdget|fget|fput|srso|retbleed|rethunk|_thunk")]
    private static partial Regex Entry();
}
