using AceProxy.EngineSimulator;
using AceProxy.LiveStreams;
using AceProxy.Tests.Functional;

namespace AceProxy.Tests.Cluster;

/// <summary>Several workers in this process that share one Redis.</summary>
internal sealed class Workers : IAsyncDisposable
{
    private readonly List<RunningProxy> _workers = [];

    public IReadOnlyList<RunningProxy> All => _workers;

    public RunningProxy this[int index] => _workers[index];

    public static async Task<Workers> StartAsync(
        int count, RedisServer redis, SimulatedEngine engine, params (string Name, string Value)[] settings) =>
        await StartAsync(redis, [.. Enumerable.Repeat(engine.EndPoint.ToString(), count)], settings);

    /// <param name="engines">For each worker.</param>
    public static async Task<Workers> StartAsync(RedisServer redis, string[] engines, params (string Name, string Value)[] settings)
    {
        var workers = new Workers();
        for (int i = 0; i < engines.Length; i++)
        {
            workers._workers.Add(await RunningProxy.StartAsync(
                [("ENGINES", engines[i]), ("WORKER_ID", $"w{i}"), ("PROXY_GRACE_PERIOD", "1"), .. redis.Settings, .. settings]));
        }

        return workers;
    }

    /// <summary>The one that reads the engine, once there is one and only one.</summary>
    public async Task<RunningProxy> OwnerAsync()
    {
        await SafetyNet.EventuallyAsync(
            () => _workers.Count(IsOwner) == 1, () => $"{_workers.Count(IsOwner)} of {_workers.Count} own the stream");
        return _workers.Single(IsOwner);
    }

    public async ValueTask DisposeAsync() => await Task.WhenAll(_workers.Select(worker => worker.DisposeAsync().AsTask()));

    private static bool IsOwner(RunningProxy worker) => worker.Streams.All() is [{ Role: StreamRole.Owner }];
}
