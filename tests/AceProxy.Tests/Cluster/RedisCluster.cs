using System.Globalization;
using System.Text.RegularExpressions;
using AceProxy.Tests.Functional;

namespace AceProxy.Tests.Cluster;

/// <summary>A Redis Cluster of three real nodes without replicas, which share out the slots.</summary>
internal sealed class RedisCluster : IAsyncDisposable
{
    private const int Slots = 16384;
    private readonly RedisServer[] _nodes;

    private RedisCluster(RedisServer[] nodes) => _nodes = nodes;

    public IReadOnlyList<RedisServer> Nodes => _nodes;

    /// <summary>Two of the three: the third is to be found.</summary>
    public (string Name, string Value) Setting => ("REDIS_HOST", $"127.0.0.1:{_nodes[0].Port},127.0.0.1:{_nodes[1].Port}");

    public static async Task<RedisCluster> StartAsync()
    {
        var nodes = new RedisServer[3];
        int[] ports = LoopbackPorts.Take(3); // of the bus
        for (int i = 0; i < nodes.Length; i++)
        {
            nodes[i] = await RedisServer.StartAsync(
                "--cluster-enabled", "yes", "--cluster-port", Text(ports[i]), "--cluster-announce-ip", "127.0.0.1",
                "--cluster-require-full-coverage", "no");
        }

        for (int i = 0; i < nodes.Length; i++)
        {
            Assert.Equal("+OK", await nodes[i].AskAsync(
                $"CLUSTER ADDSLOTSRANGE {Slots * i / nodes.Length} {(Slots * (i + 1) / nodes.Length) - 1}"));
            Assert.Equal("+OK", await nodes[i].AskAsync($"CLUSTER SET-CONFIG-EPOCH {i + 1}"));
        }

        for (int i = 1; i < nodes.Length; i++)
        {
            Assert.Equal("+OK", await nodes[0].AskAsync($"CLUSTER MEET 127.0.0.1 {nodes[i].Port} {ports[i]}"));
        }

        long began = TimeProvider.System.GetTimestamp();
        foreach (RedisServer node in nodes)
        {
            while (!(await node.RawAsync("CLUSTER INFO")).Contains("cluster_slots_ok:16384", StringComparison.Ordinal)
                || !(await node.RawAsync("CLUSTER INFO")).Contains("cluster_state:ok", StringComparison.Ordinal))
            {
                Assert.True(TimeProvider.System.GetElapsedTime(began) < SafetyNet.Limit, await node.RawAsync("CLUSTER INFO"));
                await Task.Delay(20, TestContext.Current.CancellationToken);
            }
        }

        return new RedisCluster(nodes);
    }

    /// <summary>How many nodes have keys.</summary>
    public async Task<int> NodesWithKeysAsync() => (await Task.WhenAll(_nodes.Select(node => node.AskAsync("DBSIZE")))).Count(size => size != ":0");

    /// <summary>How often a command was called on all nodes together.</summary>
    public async Task<long> CallsAsync(string command)
    {
        string[] stats = await Task.WhenAll(_nodes.Select(node => node.RawAsync("INFO commandstats")));
        return stats.Sum(text => long.Parse($"0{Regex.Match(text, $"cmdstat_{command}:calls=([0-9]+)").Groups[1]}", CultureInfo.InvariantCulture));
    }

    public async ValueTask DisposeAsync() => await Task.WhenAll(_nodes.Select(node => node.DisposeAsync().AsTask()));

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
