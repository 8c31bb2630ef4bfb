using AceProxy.Cluster.Workers;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.LiveStreams;
using AceProxy.Tests.Functional;
using Microsoft.Extensions.DependencyInjection;

namespace AceProxy.Tests.Cluster;

/// <summary>The same on a Redis Cluster: every script keeps to one slot, and every message reaches every node.</summary>
public sealed class RedisClusterTests
{
    private const int Contents = 8;

    [Fact]
    public async Task ThreeNodes_SeveralContents_EachHasOneSessionAndAllAreGapless()
    {
        await using Scene scene = await Scene.StartAsync(2);
        Viewer[] viewers = await scene.JoinAllAsync([0, 1]);

        await Scene.PlayAsync(TimeSpan.FromSeconds(3), viewers);

        Assert.Equal(Contents, scene.Engine.SessionsOpened);
        Assert.All(viewers, viewer => viewer.Checker.AssertGapless());
        Assert.Equal(3, await scene.Redis.NodesWithKeysAsync());
        var directory = scene.Workers[0].Services.GetRequiredService<WorkerDirectory>();
        Assert.Equal(["w0", "w1"], (await directory.ReadAsync()).Value!.Select(worker => worker.Id));
        Array.ForEach(viewers, viewer => viewer.Dispose());
    }

    [Fact]
    public async Task OwnerEnds_TheOtherGoesOnWithAllItsStreams()
    {
        await using Scene scene = await Scene.StartAsync(2);
        Viewer[] firsts = await scene.JoinAllAsync([0]);
        Viewer[] viewers = await scene.JoinAllAsync([1]);
        await Scene.PlayAsync(TimeSpan.FromSeconds(1), viewers);

        await scene.Workers[0].StopAsync();
        await Scene.PlayAsync(TimeSpan.FromSeconds(2), viewers);

        Assert.All(viewers, viewer => viewer.Checker.AssertGapless());
        Assert.All(scene.Workers[1].Streams.All(), stream => Assert.Equal(StreamRole.Owner, stream.Role));
        Array.ForEach([.. firsts, .. viewers], viewer => viewer.Dispose());
    }

    [Fact]
    public async Task NodeKilled_OwnersClientsLoseNothingAndTheOtherNodesStreamsAreSharedOn()
    {
        await using Scene scene = await Scene.StartAsync(2, ("REDIS_TIMEOUT", "1"));
        Viewer[] owners = await scene.JoinAllAsync([0]);
        Viewer[] viewers = await scene.JoinAllAsync([1]);
        await Scene.PlayAsync(TimeSpan.FromSeconds(1), [.. owners, .. viewers]);

        await scene.Redis.Nodes[2].KillAsync();
        await Scene.PlayAsync(TimeSpan.FromSeconds(3), owners);

        Assert.All(owners, viewer => viewer.Checker.AssertGapless());
        Viewer[] shared = [.. viewers.Where((_, number) => scene.NodeOf(number) != 2)];
        Assert.NotEmpty(shared);
        await Scene.PlayAsync(TimeSpan.FromSeconds(1), shared);
        Assert.All(shared, viewer => viewer.Checker.AssertGapless());
        Assert.Equal(Contents, scene.Engine.SessionsOpened);
        Array.ForEach([.. owners, .. viewers], viewer => viewer.Dispose());
    }

    /// <summary>Each node knows of its own listeners only; whether a worker is heard is found out by saying something.</summary>
    [Fact]
    public async Task SeveralHeartbeats_SubscriptionsStay()
    {
        await using Scene scene = await Scene.StartAsync(1, ("WORKER_HEARTBEAT", "0.5"));
        Viewer[] viewers = await scene.JoinAllAsync([0]);
        await Scene.PlayAsync(TimeSpan.FromSeconds(1), viewers);
        long before = await scene.Redis.CallsAsync("subscribe");

        await Scene.PlayAsync(TimeSpan.FromSeconds(6), viewers); // a dozen heartbeats

        Assert.InRange(before, 2, long.MaxValue);
        Assert.InRange(await scene.Redis.CallsAsync("subscribe") - before, 0, 5); // none; a machine that stood still for a heartbeat is forgiven twice
        Array.ForEach(viewers, viewer => viewer.Dispose());
    }

    /// <summary>Three nodes, one engine, and contents in slots of all of them.</summary>
    private sealed class Scene(RedisCluster redis, SimulatedEngine engine, Workers workers) : IAsyncDisposable
    {
        private readonly SimulatedContent[] _contents =
            [.. Enumerable.Range(1, Contents).Select(number => engine.Add(Functional.Contents.Stamped(number, 1_000_000) with { Burst = TimeSpan.FromSeconds(10) }))];

        public RedisCluster Redis => redis;

        public SimulatedEngine Engine => engine;

        public Workers Workers => workers;

        public static async Task<Scene> StartAsync(int count, params (string, string)[] settings)
        {
            RedisCluster redis = await RedisCluster.StartAsync();
            SimulatedEngine engine = await SimulatedEngine.StartAsync();
            return new Scene(redis, engine, await Workers.StartAsync(
                count, redis.Nodes[0], engine,
                [redis.Setting, ("ENGINE_MAX_STREAMS", "100"), ("PROXY_LEASE_TIME", "15"), ("REDIS_TIMEOUT", "10"), .. settings]));
        }

        /// <summary>One for each content on each of the workers.</summary>
        public async Task<Viewer[]> JoinAllAsync(int[] on)
        {
            Viewer[] viewers = await Task.WhenAll(
                _contents.SelectMany(content => on.Select(worker => Viewer.JoinAsync(workers[worker], $"infohash={content.Infohash}"))));
            await Task.WhenAll(viewers.Select(viewer => viewer.UntilAsync(checker => checker.Packets > 100)));
            return viewers;
        }

        /// <summary>Which node has a content's slot.</summary>
        public int NodeOf(int content) => Crc16(_contents[content].Infohash) % 16384 * 3 / 16384;

        public static Task PlayAsync(TimeSpan time, Viewer[] viewers)
        {
            DateTimeOffset until = DateTimeOffset.UtcNow + time;
            return Task.WhenAll(viewers.Select(viewer => viewer.UntilNewerThanAsync(until)));
        }

        public async ValueTask DisposeAsync()
        {
            await workers.DisposeAsync();
            await engine.DisposeAsync();
            await redis.DisposeAsync();
        }

        /// <summary>CRC-16/XMODEM, by which Redis Cluster places a hash tag.</summary>
        private static int Crc16(string text)
        {
            int crc = 0;
            foreach (char letter in text)
            {
                crc ^= letter << 8;
                for (int bit = 0; bit < 8; bit++)
                {
                    crc = ((crc << 1) ^ ((crc & 0x8000) != 0 ? 0x1021 : 0)) & 0xFFFF;
                }
            }

            return crc;
        }
    }
}
