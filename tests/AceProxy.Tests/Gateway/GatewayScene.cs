using System.Globalization;
using AceProxy.Cluster.Workers;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Gateway;
using AceProxy.LiveStreams;
using AceProxy.Tests.Cluster;
using AceProxy.Tests.Functional;
using Microsoft.Extensions.DependencyInjection;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Model;

namespace AceProxy.Tests.Gateway;

/// <summary>redis-server, so many workers with an engine each, and a gateway in front of them.</summary>
internal sealed class GatewayScene : IAsyncDisposable
{
    private GatewayScene(RedisServer redis, SimulatedEngine[] engines, RunningProxy[] workers, RunningProxy gateway) =>
        (Redis, Engines, Workers, Gateway) = (redis, engines, workers, gateway);

    public RedisServer Redis { get; }

    public SimulatedEngine[] Engines { get; }

    public RunningProxy[] Workers { get; }

    public RunningProxy Gateway { get; }

    /// <param name="workers">Their ids are worker-1, worker-2 and so on.</param>
    /// <param name="settings">Of the gateway.</param>
    public static Task<GatewayScene> StartAsync(int workers, params (string Name, string Value)[] settings) => StartAsync(workers, settings, []);

    public static async Task<GatewayScene> StartAsync(int workers, (string Name, string Value)[] settings, (string Name, string Value)[] workerSettings)
    {
        RedisServer redis = await RedisServer.StartAsync();
        SimulatedEngine[] engines = await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => SimulatedEngine.StartAsync()));
        RunningProxy[] running = await Task.WhenAll(engines.Select((engine, at) => RunningProxy.StartAsync(
            engine,
            [
                .. redis.Settings, ("WORKER_ID", NameOf(at)), ("WORKER_HEARTBEAT", "0.5"), ("PROXY_GRACE_PERIOD", "0"),
                ("TRUSTED_PROXIES", "127.0.0.1"), .. workerSettings, // the gateway, which asks in its clients' names
            ])));
        RunningProxy gateway = await RunningProxy.StartAsync([("ROLE", "gateway"), .. redis.Settings, .. settings]);
        var scene = new GatewayScene(redis, engines, running, gateway);
        await scene.SeesAsync(workers);
        return scene;
    }

    public static string NameOf(int worker) => string.Create(CultureInfo.InvariantCulture, $"worker-{worker + 1}");

    /// <summary>Until the gateway knows of so many workers, well or ill.</summary>
    public Task ListsAsync(int workers) => SafetyNet.EventuallyAsync(
        () => Cluster.DestinationsState.AllDestinations.Count == workers,
        () => $"the gateway knows of {Cluster.DestinationsState.AllDestinations.Count} workers instead of {workers}");

    /// <summary>Until the gateway sends players to so many workers.</summary>
    public Task SeesAsync(int workers) => SafetyNet.EventuallyAsync(
        () => Destinations.Count == workers, () => $"the gateway sees {Destinations.Count} workers instead of {workers}");

    /// <summary>Those that are not known to be ill, or all if all are.</summary>
    public IReadOnlyList<DestinationState> Destinations => Cluster.DestinationsState.AvailableDestinations;

    private ClusterState Cluster => Gateway.Services.GetRequiredService<IProxyStateLookup>().GetClusters().Single();

    /// <summary>A content that every engine has.</summary>
    public SimulatedContent[] Add(ContentScript script) => [.. Engines.Select(engine => engine.Add(script))];

    /// <summary>A content whose id the hash gives to that one of the workers, among workers named as in a scene.</summary>
    public static ContentScript ContentOf(int worker, int workers)
    {
        (string, int)[] all = [.. Enumerable.Range(0, workers).Select(at => (NameOf(at), 0))];
        return Enumerable.Range(1, 1000).Select(number => Contents.Stamped(number))
            .First(content => Placement.Choose(content.ContentId, all, new LoadBound(0)) == worker);
    }

    public int ClientsOf(int worker) => Workers[worker].Streams.All().Sum(stream => stream.Clients.Count);

    /// <summary>A worker that is none: it listens wherever it was told, and its entry outlives every test.</summary>
    public Task EnterAsync(string id, RawServer server, bool isDraining = false) =>
        Gateway.Services.GetRequiredService<WorkerDirectory>().WriteAsync(new WorkerRecord
        {
            Id = id,
            Address = $"http://{server.EndPoint}",
            Version = "0",
            Started = DateTimeOffset.UnixEpoch,
            Streams = 0,
            Clients = 0,
            BytesPerSecond = 0,
            Draining = isDraining,
        });

    public void Drain(int worker) => Workers[worker].Services.GetRequiredService<Drain>().Begin();

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await Task.WhenAll(Workers.Select(worker => worker.DisposeAsync().AsTask()));
        await Task.WhenAll(Engines.Select(engine => engine.DisposeAsync().AsTask()));
        await Redis.DisposeAsync();
    }
}
