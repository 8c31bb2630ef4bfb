using System.Diagnostics;
using System.Globalization;
using AceProxy.Benchmarks.MainJob;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Tests.Functional;

namespace AceProxy.Benchmarks.FanOut;

/// <summary>What Redis is asked for a stream with an owner and a follower: one write a segment, one read a segment, and nothing for each player.</summary>
internal static class SharingTraffic
{
    private const int BitsPerSecond = 8_000_000;

    /// <summary>Of Redis's own count: a hundred players are told of in a ZADD each every ten seconds, which are a sixth of what one player costs.</summary>
    private const double MostGrowth = 1.25;

    /// <summary>
    /// A second, of both workers, beside the segments: a lease that is renewed and looked at (1.5), and of each worker every two seconds a heartbeat,
    /// slots, events and orders (4); and what a message wakes.
    /// </summary>
    private const double MostOthers = 10;

    /// <summary>On their way when the counting begins or ends.</summary>
    private const int UnderWay = 2;

    public static async Task RunAsync(Report report)
    {
        var all = new List<Traffic>();
        foreach (int players in (int[])[1, 10, 100])
        {
            Traffic traffic = await MeasureAsync(players);
            all.Add(traffic);
            report.Add(
                $"Redis with one follower of 8 Mbit/s and {players} players on it: commands a second; CPU", "",
                FormattableString.Invariant($"{traffic.Commands / traffic.Seconds:0.0}; {traffic.Processor / traffic.Seconds * 100:0.0} %"));
            report.Add(
                "… segments that the owner wrote; that the follower read", "as many",
                $"{traffic.Written}; {traffic.Read}", traffic.Written > 0 && Math.Abs(traffic.Written - traffic.Read) <= UnderWay);
            report.Add(
                "… what both workers asked beside these, a second", MostOthers, (traffic.Asked - traffic.Written - traffic.Read) / traffic.Seconds, "commands");
        }

        report.Add(
            "… commands a second with 100 players beside those with 1", MostGrowth, all[^1].Commands / all[^1].Seconds / (all[0].Commands / all[0].Seconds),
            FormattableString.Invariant($"× ({all[^1].Commands / all[^1].Seconds:0.0} / {all[0].Commands / all[0].Seconds:0.0})"));
    }

    private static async Task<Traffic> MeasureAsync(int count)
    {
        await using RedisProcess redis = await RedisProcess.StartAsync();
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped(bitsPerSecond: BitsPerSecond));
        ProxyProcess[] workers = await ClusterScenario.StartAsync(2, redis, engine);
        using var stop = new CancellationTokenSource();
        Task owning = new Player(workers[0].Client, $"infohash={content.Infohash}").PlayAsync(stop.Token);
        await Task.Delay(TimeSpan.FromSeconds(1));
        Task playing = Task.WhenAll(Enumerable.Range(0, count)
            .Select(_ => new Player(workers[1].Client, $"infohash={content.Infohash}").PlayAsync(stop.Token)));
        await Task.Delay(TimeSpan.FromSeconds(3));
        (Traffic before, long began) = (await NowAsync(redis, workers), Stopwatch.GetTimestamp());
        await Task.Delay(TimeSpan.FromSeconds(10));
        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        Traffic after = await NowAsync(redis, workers);
        await stop.CancelAsync();
        await Task.WhenAll(owning, playing);
        await ClusterScenario.EndAsync(workers);
        return new Traffic(
            seconds, after.Commands - before.Commands, after.Processor - before.Processor, after.Written - before.Written, after.Read - before.Read,
            after.Asked - before.Asked);
    }

    private static async Task<Traffic> NowAsync(RedisProcess redis, ProxyProcess[] workers)
    {
        Dictionary<string, long>[] counters = await Task.WhenAll(workers.Select(CountersAsync));
        return new Traffic(
            0, await redis.CommandsAsync(), redis.ProcessorTime.TotalSeconds,
            counters[0]["aceproxy_cluster_segments_written_total"], counters[1]["aceproxy_cluster_segments_read_total"],
            counters.Sum(worker => worker["aceproxy_redis_commands_total"]));
    }

    /// <summary>Of a worker, those without labels.</summary>
    private static async Task<Dictionary<string, long>> CountersAsync(ProxyProcess worker) =>
        (await worker.Client.GetStringAsync("/metrics")).Split('\n').Select(line => line.Split(' '))
            .Where(parts => parts is [var name, _, ..] && name.EndsWith("_total", StringComparison.Ordinal))
            .ToDictionary(parts => parts[0], parts => (long)double.Parse(parts[1], CultureInfo.InvariantCulture));

    /// <param name="Seconds">In which all this was.</param>
    /// <param name="Commands">That Redis has processed, those inside scripts included.</param>
    /// <param name="Processor">Seconds of Redis's CPU.</param>
    /// <param name="Written">Segments, by the owner.</param>
    /// <param name="Read">Segments, by the follower.</param>
    /// <param name="Asked">Sent to Redis by both, a script being one.</param>
    private sealed record Traffic(double Seconds, long Commands, double Processor, long Written, long Read, long Asked);
}
