using System.Text.Json;
using AceProxy.Cluster;
using AceProxy.Cluster.Workers;
using AceProxy.EngineSimulator;
using AceProxy.Tests.Functional;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AceProxy.Tests.Cluster;

/// <summary>Who is there, and under whose name.</summary>
public sealed class WorkerDirectoryTests
{
    private const string Said = "WORKER_ID w0 is that of the worker at ";

    [Fact]
    public async Task Heartbeat_TwoWithOneId_SayItOnceEach()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        await using RunningProxy one = await StartAsync(redis, engine), other = await StartAsync(redis, engine);
        RecordedLog[] logs = [LogOf(one), LogOf(other)];

        await SafetyNet.EventuallyAsync(() => logs.All(log => log.Count(Said) > 0), () => "it is not said");
        await BeatsAsync(redis, 5);

        Assert.All(logs, log => Assert.Equal(1, log.Count(Said)));
        Assert.Equal(1, logs[0].Count($"{Said}{other.Address.GetLeftPart(UriPartial.Authority)} "));
    }

    [Fact]
    public async Task Heartbeat_AProcessBeforeHadTheId_IsNoNamesake()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        await EnterAsync(redis, "w0", DateTimeOffset.UtcNow.AddSeconds(100));
        await using RunningProxy worker = await StartAsync(redis, engine);
        RecordedLog log = LogOf(worker);

        await SafetyNet.EventuallyAsync(
            async () => (await redis.HashAsync(ClusterKeys.Workers!, "w0")).Contains(worker.Address.Authority, StringComparison.Ordinal), () => "it is not entered");
        await BeatsAsync(redis, 3);

        Assert.Equal(0, log.Count(Said));
    }

    /// <summary>Of a Redis whose clock was ahead.</summary>
    [Fact]
    public async Task Read_AnEntryOfTheFuture_IsNobodyAndTakenOut()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        await EnterAsync(redis, "dead", DateTimeOffset.UtcNow.AddHours(1));
        await using RunningProxy worker = await StartAsync(redis, engine);
        WorkerDirectory directory = worker.Services.GetRequiredService<WorkerDirectory>();

        IReadOnlyList<WorkerRecord> listed = [];
        await SafetyNet.EventuallyAsync(async () => (listed = (await directory.ReadAsync()).Value ?? []).Count > 0, () => "nobody is listed");

        Assert.Equal("w0", Assert.Single(listed).Id);
        await SafetyNet.EventuallyAsync(async () => await redis.HashAsync(ClusterKeys.Workers!, "dead") == "", () => "it is still there");
    }

    private static Task<RunningProxy> StartAsync(RedisServer redis, SimulatedEngine engine) =>
        RunningProxy.StartAsync(engine, [("WORKER_ID", "w0"), ("WORKER_HEARTBEAT", "0.3"), ("REDIS_TIMEOUT", "5"), .. redis.Settings]);

    private static RecordedLog LogOf(RunningProxy worker)
    {
        var log = new RecordedLog();
        worker.Services.GetRequiredService<ILoggerFactory>().AddProvider(log);
        return log;
    }

    private static async Task EnterAsync(RedisServer redis, string id, DateTimeOffset till)
    {
        var record = new WorkerRecord
        {
            Id = id,
            Address = "http://127.0.0.1:9",
            Version = "0",
            Started = DateTimeOffset.UnixEpoch,
            Streams = 0,
            Clients = 0,
            BytesPerSecond = 0,
            Draining = false,
        };
        string json = JsonSerializer.Serialize(record, JsonSerializerOptions.Web);
        Assert.Equal(":1", await redis.AskAsync($"HSET {ClusterKeys.Workers} {id} {till.ToUnixTimeMilliseconds()}:{json}"));
    }

    private static async Task BeatsAsync(RedisServer redis, int count)
    {
        for (string last = "", entry; count > 0; count -= entry == last ? 0 : 1, last = entry)
        {
            entry = await redis.HashAsync(ClusterKeys.Workers!, "w0");
        }
    }
}
