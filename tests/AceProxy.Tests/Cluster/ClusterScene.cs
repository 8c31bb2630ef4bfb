using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Tests.Functional;

namespace AceProxy.Tests.Cluster;

/// <summary>One engine, Redis and three workers as processes; the first owns what is played, and has a viewer of its own.</summary>
internal sealed class ClusterScene : IAsyncDisposable
{
    /// <summary>Long enough for a machine that stands still for a while; everything scales with it.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(6);

    private readonly SimulatedContent _content;

    private ClusterScene(RedisServer redis, SimulatedEngine engine, WorkerProcess[] workers, Viewer own)
    {
        (Redis, Engine, Workers, Own) = (redis, engine, workers, own);
        _content = engine.Contents[0];
    }

    public RedisServer Redis { get; }

    public SimulatedEngine Engine { get; }

    public WorkerProcess[] Workers { get; }

    /// <summary>The owner's viewer; dispose of it to let it leave.</summary>
    public Viewer Own { get; }

    public string Infohash => _content.Infohash;

    public static Task<ClusterScene> StartAsync(params (string Name, string Value)[] settings) => StartAsync(_ => Task.CompletedTask, settings);

    /// <param name="prepare">What is done to Redis before anybody connects.</param>
    /// <param name="settings">Of all workers.</param>
    public static async Task<ClusterScene> StartAsync(Func<RedisServer, Task> prepare, params (string Name, string Value)[] settings)
    {
        RedisServer redis = await RedisServer.StartAsync();
        await prepare(redis);
        SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped(bitsPerSecond: 2_000_000) with { Burst = TimeSpan.FromSeconds(20) });
        (string, string)[] all = [("PROXY_LEASE_TIME", $"{Lease.TotalSeconds}"), ("PROXY_GRACE_PERIOD", "1"), .. settings];
        WorkerProcess[] workers = await Task.WhenAll(Enumerable.Range(0, 3).Select(number =>
            WorkerProcess.StartAsync($"w{number}", redis, engine, all)));
        Viewer own = await Viewer.JoinAsync(workers[0].Client, $"infohash={content.Infohash}");
        await own.UntilAsync(checker => checker.Packets > 100);
        return new ClusterScene(redis, engine, workers, own);
    }

    public Task<Viewer> JoinAsync(int worker) => Viewer.JoinAsync(Workers[worker].Client, $"infohash={Infohash}");

    /// <summary>Until all have seen three seconds.</summary>
    public async Task PlayAsync(params Viewer[] viewers)
    {
        Assert.Equal("owner", await Workers[0].RoleAsync());
        DateTimeOffset begun = DateTimeOffset.UtcNow;
        await Task.WhenAll(viewers.Select(viewer => viewer.UntilNewerThanAsync(begun + TimeSpan.FromSeconds(3))));
    }

    /// <summary>Until no worker that is there has the stream, and the engine no session of it.</summary>
    public async Task EndedAsync(params WorkerProcess[] workers)
    {
        await SafetyNet.EventuallyAsync(
            async () => (await Task.WhenAll(workers.Select(worker => worker.StateAsync(Infohash)))).All(state => state is null),
            () => "a worker still has the stream");
        await Engine.WaitUntilAsync(engine => engine.OpenSessionCount == 0, SafetyNet.Limit, TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        Own.Dispose();
        await Task.WhenAll(Workers.Select(worker => worker.DisposeAsync().AsTask()));
        await Engine.DisposeAsync();
        await Redis.DisposeAsync();
    }
}
