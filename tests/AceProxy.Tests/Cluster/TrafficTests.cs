using System.Globalization;
using AceProxy.Cluster;
using AceProxy.Cluster.Connection;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Tests.Functional;
using Microsoft.Extensions.DependencyInjection;

namespace AceProxy.Tests.Cluster;

/// <summary>What Redis is asked: one write a segment, one read a segment and follower, and nothing for each player.</summary>
public sealed class TrafficTests
{
    private const int Players = 20;
    private const int Segments = 24;

    /// <summary>What goes by the clock is rare, so that what goes by segments or players stands out.</summary>
    private static readonly (string, string)[] Seldom =
    [
        ("PROXY_LEASE_TIME", "60"), ("PROXY_HEARTBEAT_INTERVAL", "60"), ("PROXY_CLIENT_TTL", "600"), ("WORKER_HEARTBEAT", "60"), ("REDIS_TIMEOUT", "20"),
    ];

    [Fact]
    public async Task Follower_WithOnePlayerAndWithTwenty_ReadsEachSegmentOnceAndAsksNothingMore()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped());
        await using Workers workers = await Workers.StartAsync(2, redis, engine, Seldom);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        List<Task> playing = [await PlayAsync(workers[0], content, stop.Token), await PlayAsync(workers[1], content, stop.Token)];
        Traffic one = await MeasureAsync(redis, workers);
        while (playing.Count <= Players)
        {
            playing.Add(await PlayAsync(workers[1], content, stop.Token));
        }

        Traffic all = await MeasureAsync(redis, workers);
        Assert.Equal(Players, workers[1].Streams.All().Single().ClientCount);
        await stop.CancelAsync();
        await Task.WhenAll(playing);

        TestContext.Current.TestOutputHelper?.WriteLine($"{one}{Environment.NewLine}{all}");
        foreach (Traffic traffic in (Traffic[])[one, all])
        {
            // A segment may be on its way when it begins, and another when it ends; what goes by the clock goes less often than there are players.
            Assert.InRange(traffic.Read, traffic.Written - 2, traffic.Written + 2);
            Assert.InRange(traffic.Set, traffic.Written - 2, traffic.Written + 2 + (Players / 2));
            Assert.InRange(traffic.OwnersCommands - traffic.Written, -2, Players / 2);
            Assert.InRange(traffic.FollowersCommands - traffic.Read, -2, Players / 2);
        }
    }

    /// <summary>Returns with the first byte; the task that is returned reads on until it is told to stop.</summary>
    private static async Task<Task> PlayAsync(RunningProxy worker, SimulatedContent content, CancellationToken stop)
    {
        HttpResponseMessage response = await worker.GetAsync($"infohash={content.Infohash}", stop);
        response.EnsureSuccessStatusCode();
        Stream body = await response.Content.ReadAsStreamAsync(stop);
        Assert.NotEqual(0, await body.ReadAsync(new byte[1], stop));
        return ReadAsync();

        async Task ReadAsync()
        {
            using (response)
            {
                await body.CopyToAsync(Stream.Null, stop).ContinueWith(
                    ended => Assert.True(ended.IsCanceled, "the response ended"), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            }
        }
    }

    /// <summary>What is done while so many segments are written.</summary>
    private static async Task<Traffic> MeasureAsync(RedisServer redis, Workers workers)
    {
        // Whoever has come was told of by then: within the same half second.
        long settled = workers[0].Services.GetRequiredService<ClusterCounters>().SegmentsWritten + 8;
        await WrittenAsync(workers, settled);
        Traffic before = await NowAsync(redis, workers);
        await WrittenAsync(workers, before.Written + Segments);
        Traffic after = await NowAsync(redis, workers);
        return new Traffic(
            after.Written - before.Written, after.Read - before.Read, after.Set - before.Set,
            after.OwnersCommands - before.OwnersCommands, after.FollowersCommands - before.FollowersCommands);
    }

    private static Task WrittenAsync(Workers workers, long segments) => SafetyNet.EventuallyAsync(
        () => workers[0].Services.GetRequiredService<ClusterCounters>().SegmentsWritten >= segments, () => "nothing is written");

    private static async Task<Traffic> NowAsync(RedisServer redis, Workers workers)
    {
        string statistics = await redis.RawAsync("INFO commandstats");
        const string Set = "cmdstat_set:calls=";
        int at = statistics.IndexOf(Set, StringComparison.Ordinal) + Set.Length;
        return new Traffic(
            workers[0].Services.GetRequiredService<ClusterCounters>().SegmentsWritten,
            workers[1].Services.GetRequiredService<ClusterCounters>().SegmentsRead,
            long.Parse(statistics.AsSpan(at, statistics.IndexOf(',', at) - at), CultureInfo.InvariantCulture),
            workers[0].Services.GetRequiredService<RedisConnection>().Commands,
            workers[1].Services.GetRequiredService<RedisConnection>().Commands);
    }

    /// <param name="Written">Segments, by the owner.</param>
    /// <param name="Read">Segments, by the follower.</param>
    /// <param name="Set">SETs that Redis has executed, which a segment is one of, and the renewal of a lease two.</param>
    /// <param name="OwnersCommands">Sent to Redis, a script being one.</param>
    /// <param name="FollowersCommands">The same, a read of a segment being one too.</param>
    private sealed record Traffic(long Written, long Read, long Set, long OwnersCommands, long FollowersCommands);
}
