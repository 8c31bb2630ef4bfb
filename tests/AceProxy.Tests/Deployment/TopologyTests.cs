using System.Diagnostics;
using System.Globalization;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Tests.Functional;

namespace AceProxy.Tests.Deployment;

/// <summary><c>deploy/topology.sh</c>: what docker-compose.yml would start, as processes.</summary>
public sealed class TopologyTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Topology_StartedPlayedAWorkerKilledAndEnded_ServesAllAlongAndLeavesNothing()
    {
        ExternalTool.Require("redis-server");
        int[] ports = LoopbackPorts.Take(5);
        var start = new ProcessStartInfo("bash", [Deploy.PathOf("deploy/topology.sh")]) { RedirectStandardOutput = true };
        start.Environment["BIN"] = AppContext.BaseDirectory;
        start.Environment["ENGINE_ARGUMENTS"] = "--fast --content demo";
        start.Environment["GATEWAY_PORT"] = $"{ports[0]}";
        start.Environment["ENGINE_PORTS"] = $"{ports[1]}";
        start.Environment["REDIS_PORT"] = $"{ports[2]}";
        start.Environment["WORKER_PORTS"] = $"{ports[3]} {ports[4]}";
        using Process script = Process.Start(start)!;
        Dictionary<string, int> processes = [];
        try
        {
            await ReadyAsync(script, processes);
            Assert.Equal(["engine-1", "gateway", "redis", "worker-1", "worker-2"], processes.Keys.Order());
            using HttpClient gateway = Deploy.ClientOf(new Uri($"http://127.0.0.1:{ports[0]}"));
            await PlayAsync(gateway);

            // One after the other, so that whichever has the content is among them.
            await SignalAsync("KILL", processes["worker-1"]);
            await PlayAsync(gateway);
        }
        finally
        {
            await SignalAsync("TERM", script.Id);
            await script.WaitForExitAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(40), CancellationToken.None);
        }

        Assert.Equal(0, script.ExitCode);
        Assert.All(processes, process => Assert.False(
            Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/{process.Value}")), $"{process.Key} is still there"));
    }

    private static async Task ReadyAsync(Process script, Dictionary<string, int> processes)
    {
        while (await script.StandardOutput.ReadLineAsync(Cancellation).AsTask().WaitAsync(TimeSpan.FromSeconds(60), Cancellation) is { } line)
        {
            if (line.StartsWith("ready ", StringComparison.Ordinal))
            {
                return;
            }

            string[] words = line.Split(' ');
            Assert.Equal("pid", words[1]);
            processes[words[0]] = int.Parse(words[2], CultureInfo.InvariantCulture);
        }

        Assert.Fail("the script ended before everything was there");
    }

    private static async Task PlayAsync(HttpClient gateway)
    {
        using Viewer viewer = await Viewer.JoinAsync(gateway, $"id={DemoContent.ContentId}");
        await viewer.UntilAsync(seen => seen.Bytes > 300_000);
        Assert.Equal((0, 0), (viewer.Checker.Misaligned, viewer.Checker.CounterErrors));
    }

    private static async Task SignalAsync(string signal, int process)
    {
        using var kill = Process.Start("kill", [$"-{signal}", process.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(CancellationToken.None);
    }
}
