using AceProxy.EngineSimulator;
using AceProxy.LiveStreams;
using AceProxy.Tests.Functional;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AceProxy.Tests.Cluster;

/// <summary>Several workers in this process that share one Redis.</summary>
internal sealed class Workers : IAsyncDisposable
{
    private readonly List<RunningProxy> _workers = [];
    private readonly WorkersLog _log = new();

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
            RunningProxy worker = await RunningProxy.StartAsync(
                [("ENGINES", engines[i]), ("WORKER_ID", $"w{i}"), ("PROXY_GRACE_PERIOD", "1"), .. redis.Settings, .. settings]);
            worker.Services.GetRequiredService<ILoggerFactory>().AddProvider(workers._log.Of($"w{i}"));
            workers._workers.Add(worker);
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

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_workers.Select(worker => worker.DisposeAsync().AsTask()));
        TestContext.Current.TestOutputHelper?.WriteLine(_log.ToString()); // shown when the test has failed
    }

    private static bool IsOwner(RunningProxy worker) => worker.Streams.All() is [{ Role: StreamRole.Owner }];
}
