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
            // What goes by the clock goes less often than there are players. A second write of each segment would be as many as there are segments.
            Assert.InRange(traffic.OwnersCommands - traffic.Segments, -2, Players / 2);
            Assert.InRange(traffic.FollowersCommands - traffic.Segments, -2, Players / 2);
            Assert.InRange(traffic.Set - traffic.Segments, -Segments / 2, Segments / 2);
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

    /// <summary>What is done while so many segments are written and read.</summary>
    private static async Task<Traffic> MeasureAsync(RedisServer redis, Workers workers)
    {
        Traffic before = await NowAsync(redis, workers, CountersOf(workers[0]).SegmentsWritten + 8); // whoever has come was told of by then
        Traffic after = await NowAsync(redis, workers, before.Segments + Segments);
        return new Traffic(
            after.Segments - before.Segments, after.Set - before.Set,
            after.OwnersCommands - before.OwnersCommands, after.FollowersCommands - before.FollowersCommands);
    }

    /// <summary>When there are so many segments, and the follower has read as many as the owner has written.</summary>
    private static async Task<Traffic> NowAsync(RedisServer redis, Workers workers, long segments)
    {
        Traffic? now = null;
        await SafetyNet.EventuallyAsync(
            async () =>
            {
                long set = CountersOf(workers[0]).SegmentsWritten < segments ? 0 : await SetAsync(redis);
                long written = CountersOf(workers[0]).SegmentsWritten, read = CountersOf(workers[1]).SegmentsRead;
                now = new Traffic(written, set, CommandsOf(workers[0]), CommandsOf(workers[1]));
                return set > 0 && read == written;
            },
            () => $"{CountersOf(workers[0]).SegmentsWritten} segments are written, and {CountersOf(workers[1]).SegmentsRead} read");
        return now!;
    }

    private static async Task<long> SetAsync(RedisServer redis)
    {
        string statistics = await redis.RawAsync("INFO commandstats");
        const string Set = "cmdstat_set:calls=";
        int at = statistics.IndexOf(Set, StringComparison.Ordinal) + Set.Length;
        return long.Parse(statistics.AsSpan(at, statistics.IndexOf(',', at) - at), CultureInfo.InvariantCulture);
    }

    private static ClusterCounters CountersOf(RunningProxy worker) => worker.Services.GetRequiredService<ClusterCounters>();

    private static long CommandsOf(RunningProxy worker) => worker.Services.GetRequiredService<RedisConnection>().Commands;

    /// <param name="Segments">Written by the owner, and read by the follower.</param>
    /// <param name="Set">SETs that Redis has executed: one a segment, and two when a lease is renewed.</param>
    /// <param name="OwnersCommands">Sent to Redis, a script being one.</param>
    /// <param name="FollowersCommands">The same, a read of a segment being one too.</param>
    private sealed record Traffic(long Segments, long Set, long OwnersCommands, long FollowersCommands);
}
