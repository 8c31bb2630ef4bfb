using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Tests.Functional;

namespace AceProxy.Tests.Deployment;

/// <summary><c>deploy/topology.sh</c>: what docker-compose.yml would start, as processes.</summary>
public sealed class TopologyTests
{
    /// <summary>In s; longer than the script waits for somebody who does not drain.</summary>
    private const int Drain = 16;

    private static readonly ContentScript Content = Contents.Stamped();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static string Query => $"id={Content.ContentId}";

    [Fact]
    public async Task Topology_TheOwnerKilledWithPlayersOnBothWorkersAndEnded_TheOthersPlayAcrossAndNothingIsLeft()
    {
        ExternalTool.Require("redis-server");
        int[] ports = LoopbackPorts.Take(5);
        var start = new ProcessStartInfo("bash", [Deploy.PathOf("deploy/topology.sh")]) { RedirectStandardOutput = true };
        start.Environment["BIN"] = AppContext.BaseDirectory;
        start.Environment["ENGINE_ARGUMENTS"] = $"--fast --burst 15 --stamped {Content.ContentId}:{Content.Infohash}:2000000:0.4";
        start.Environment["GATEWAY_PORT"] = $"{ports[0]}";
        start.Environment["ENGINE_PORTS"] = $"{ports[1]}";
        start.Environment["REDIS_PORT"] = $"{ports[2]}";
        start.Environment["WORKER_PORTS"] = $"{ports[3]} {ports[4]}";
        start.Environment["WORKER_ID"] = "one"; // for both it would not do
        start.Environment["SHUTDOWN_DRAIN"] = $"{Drain}.5";
        using Process script = Process.Start(start)!;
        Dictionary<string, int> processes = [];
        bool isTold = false;
        try
        {
            await ReadyAsync(script, processes);
            Assert.Equal(["engine-1", "gateway", "redis", "worker-1", "worker-2"], processes.Keys.Order());
            await AssertRedisIsAsShippedAsync(ports[2]);
            using HttpClient gateway = Deploy.ClientOf(new Uri($"http://127.0.0.1:{ports[0]}"));
            using Viewer placed = await Viewer.JoinAsync(gateway, Query);
            await placed.UntilAsync(seen => seen.Bytes > 300_000);
            await RolesAreAsync(gateway, "owner");
            string owner = (await RolesAsync(gateway)).Single().Key;
            string other = owner == "worker-1" ? "worker-2" : "worker-1";
            using HttpClient follower = Deploy.ClientOf(new Uri($"http://127.0.0.1:{ports[other == "worker-1" ? 3 : 4]}"));
            using Viewer elsewhere = await Viewer.JoinAsync(follower, Query);
            await elsewhere.UntilNewerThanAsync(DateTimeOffset.UtcNow.AddSeconds(1));
            await RolesAreAsync(gateway, "follower", "owner");

            await SignalAsync("KILL", processes[owner]);
            await Assert.ThrowsAnyAsync<IOException>(() => placed.ToEndAsync());
            using Viewer again = await Viewer.JoinAsync(gateway, Query);
            await SafetyNet.EventuallyAsync(
                async () => (await RolesAsync(follower)).GetValueOrDefault(other) == "owner", () => "nobody takes the stream over");
            DateTimeOffset taken = DateTimeOffset.UtcNow;
            await Task.WhenAll(((Viewer[])[elsewhere, again]).Select(viewer => viewer.UntilNewerThanAsync(taken.AddSeconds(1))));

            isTold = true;
            await SignalAsync("TERM", script.Id);
            await elsewhere.ToEndAsync(TimeSpan.FromSeconds(90)); // a worker that is killed does not end a response
            Assert.Equal((0, 0, 0), (elsewhere.Checker.Misaligned, elsewhere.Checker.Repeated, elsewhere.Checker.CounterErrors));
        }
        finally
        {
            if (!isTold)
            {
                await SignalAsync("TERM", script.Id); // the second hurries
            }

            await script.WaitForExitAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(90), CancellationToken.None);
        }

        Assert.Equal(0, script.ExitCode);
        Assert.All(processes, process => Assert.False(
            Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/{process.Value}")), $"{process.Key} is still there"));
    }

    /// <summary>What docker-compose.yml gives it, and how it drops what there is no room for.</summary>
    private static async Task AssertRedisIsAsShippedAsync(int port)
    {
        string[] shipped = Yaml.Documents(Deploy.Read("docker-compose.yml")).Single().Texts("services/redis/command");
        (_, string output) = await ExternalTool.RunAsync(
            "redis-cli", ["-p", port.ToString(CultureInfo.InvariantCulture), "config", "get", "maxmemory", "maxmemory-policy"]);
        string[] words = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        long mebibytes = long.Parse(words[Array.IndexOf(words, "maxmemory") + 1], CultureInfo.InvariantCulture) >> 20;
        Assert.Equal(Deploy.OptionOf(shipped, "--maxmemory"), $"{mebibytes}mb");
        Assert.Equal(Deploy.OptionOf(shipped, "--maxmemory-policy"), words[Array.IndexOf(words, "maxmemory-policy") + 1]);
    }

    private static Task RolesAreAsync(HttpClient any, params string[] expected) => SafetyNet.EventuallyAsync(
        async () => (await RolesAsync(any)).Values.Order().SequenceEqual(expected), () => $"nobody, or somebody else, is {string.Join(" and ", expected)}");

    /// <summary>owner or follower, for each worker that has the content.</summary>
    private static async Task<Dictionary<string, string>> RolesAsync(HttpClient any)
    {
        JsonObject? answer = await any.GetFromJsonAsync<JsonObject>("/api/streams", Cancellation);
        return answer!["streams"]!.AsArray().ToDictionary(stream => (string)stream!["worker"]!, stream => (string)stream!["role"]!);
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

    private static async Task SignalAsync(string signal, int process)
    {
        using var kill = Process.Start("kill", [$"-{signal}", process.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(CancellationToken.None);
    }
}
