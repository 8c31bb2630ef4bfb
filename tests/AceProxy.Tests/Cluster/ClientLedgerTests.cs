using AceProxy.Cluster;
using AceProxy.Cluster.Sharing;
using StackExchange.Redis;

namespace AceProxy.Tests.Cluster;

/// <summary>How a stream's clients get into Redis.</summary>
public sealed class ClientLedgerTests
{
    private static readonly RedisKey Key = ClusterKeys.Clients(SharingBench.Stream);

    [Fact]
    public async Task Write_ThousandsOfClients_CostsAFewCommands()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using var connection = new ConnectionUnderTest(redis, ("REDIS_TIMEOUT", "20"));
        string[] members = [.. Enumerable.Range(0, 9300).Select(number => $"w0/{number}")];

        await WriteAsync(connection, [], members); // the last is the oldest
        Assert.Equal((":9300", 19), (await redis.AskAsync($"ZCARD {Key}"), await redis.CallsAsync("zadd")));
        Assert.Contains("w0/9299\r", await redis.RawAsync($"ZRANGE {Key} 0 0"), StringComparison.Ordinal);

        await WriteAsync(connection, members[..9100], members[9100..]);
        Assert.Equal((":200", 10, 20), (await redis.AskAsync($"ZCARD {Key}"), await redis.CallsAsync("zrem"), await redis.CallsAsync("zadd")));
        Assert.Equal("$-1", await redis.AskAsync($"ZSCORE {Key} w0/9099"));
    }

    private static async Task WriteAsync(ConnectionUnderTest connection, string[] gone, string[] present)
    {
        RedisValue[] values =
        [
            (string)ClusterKeys.Changes(SharingBench.Stream)!, 60_000, 0, gone.Length, .. gone.Select(member => (RedisValue)member),
            .. present.SelectMany((member, age) => new RedisValue[] { member, age }),
        ];
        Assert.True((await connection.Redis.RunAsync(ClientLedger.Write, [Key], values)).IsThere, connection.Log);
    }
}
