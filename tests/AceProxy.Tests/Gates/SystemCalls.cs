using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using AceProxy.Tests.Functional;

namespace AceProxy.Tests.Gates;

/// <summary>
/// What a process asked of the kernel while strace looked on: how often by kind, and what its sends took. Both are of the same lines, so
/// that it does not matter when strace began and ended.
/// </summary>
internal sealed partial class SystemCalls
{
    private static readonly string[] Sends = ["sendfile", "sendto", "sendmsg"];

    private readonly Dictionary<string, int> _counts = [];

    public int SendCount { get; private set; }

    /// <summary>Of the sends those for which the kernel copies.</summary>
    public int CopyingSendCount { get; private set; }

    public long SentBytes { get; private set; }

    public int OtherCount => _counts.Values.Sum() - SendCount;

    /// <summary>The most frequent, for the report.</summary>
    public override string ToString() =>
        string.Join(", ", _counts.OrderByDescending(pair => pair.Value).Take(8).Select(pair => $"{pair.Value} {pair.Key}"));

    public static async Task<SystemCalls> OfAsync(int process, Func<Task> meanwhile)
    {
        string folder = Directory.CreateTempSubdirectory("aceproxy-strace-").FullName;
        string trace = Path.Combine(folder, "trace");
        using var strace = Process.Start(
            "strace", ["-f", "-qq", "-s", "0", "-e", "signal=none", "-o", trace, "-p", $"{process}"]);
        try
        {
            await SafetyNet.EventuallyAsync(() => new FileInfo(trace) is { Exists: true, Length: > 0 }, () => "strace saw nothing");
            await meanwhile();
            using var end = Process.Start("kill", ["-TERM", $"{strace.Id}"]); // it lets go of what it traces
            await strace.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(SafetyNet.Limit, TestContext.Current.CancellationToken);
            var calls = new SystemCalls();
            foreach (string line in File.ReadLines(trace))
            {
                calls.Add(line);
            }

            return calls;
        }
        finally
        {
            strace.Kill(); // does nothing to one that has ended
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>A line such as <c>4396 sendfile(9, 8, [0] => [512], 512) = 512</c>; a call that another thread's line broke into ends on a line of its own.</summary>
    private void Add(string line)
    {
        Match call = Call().Match(line);
        if (!call.Success)
        {
            return;
        }

        string name = call.Groups["name"].Value;
        bool isSend = Sends.Contains(name);
        if (!call.Groups["resumed"].Success)
        {
            _counts[name] = _counts.GetValueOrDefault(name) + 1;
            SendCount += isSend ? 1 : 0;
            CopyingSendCount += isSend && name != "sendfile" ? 1 : 0;
        }

        if (isSend && Result().Match(line) is { Success: true } result)
        {
            SentBytes += long.Parse(result.Groups["value"].ValueSpan, CultureInfo.InvariantCulture);
        }
    }

    [GeneratedRegex(@"^\d+ +(?:(?<name>\w+)\(|(?<resumed><\.\.\.) (?<name>\w+) resumed>)")]
    private static partial Regex Call();

    [GeneratedRegex(@"\) += (?<value>\d+)$")]
    private static partial Regex Result();
}
