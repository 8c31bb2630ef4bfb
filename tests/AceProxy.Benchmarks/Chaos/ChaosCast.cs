using System.Collections.Concurrent;
using System.Globalization;
using AceProxy.Benchmarks.FanOut;
using AceProxy.Tests.Functional;

namespace AceProxy.Benchmarks.Chaos;

/// <summary>The processes that things happen to: three workers, three engines with the same contents, and Redis.</summary>
internal sealed class ChaosCast : IAsyncDisposable
{
    public const int Contents = 20;

    /// <summary>ENGINE_MAX_STREAMS: just enough for all contents, so that the limit is met whenever an engine is away.</summary>
    public const int MostStreams = 7;

    private const int Workers = 3;
    private const int Engines = 3;
    private readonly int[] _ports = [.. Enumerable.Range(0, 2 * Engines).Select(_ => BenchProcess.FreePort())];
    private readonly EngineProcess[] _engines = new EngineProcess[Engines];
    private readonly ProxyProcess[] _workers = new ProxyProcess[Workers];
    private readonly ConcurrentQueue<WorkerLife> _lives = [];
    private readonly ConcurrentDictionary<ProxyProcess, bool> _doomed = [];
    private readonly DirectoryInfo _logs = Directory.CreateTempSubdirectory("chaos-logs-");

    private ChaosCast(RedisProcess redis) => Redis = redis;

    public RedisProcess Redis { get; }

    public IReadOnlyList<EngineProcess> AllEngines => _engines;

    public IReadOnlyList<ProxyProcess> AllWorkers => _workers;

    /// <summary>What each worker logs goes into a file there.</summary>
    public string Logs => _logs.FullName;

    public static async Task<ChaosCast> StartAsync()
    {
        var cast = new ChaosCast(await RedisProcess.StartAsync());
        for (int engine = 0; engine < Engines; engine++)
        {
            await cast.StartEngineAsync(engine);
        }

        await Task.WhenAll(Enumerable.Range(0, Workers).Select(cast.StartWorkerAsync));
        return cast;
    }

    /// <summary>It was told to end, or killed: what becomes of its players is no fault.</summary>
    public bool IsDoomed(ProxyProcess worker) => _doomed.ContainsKey(worker) || worker.HasExited;

    /// <summary>Who had that WORKER_ID then.</summary>
    public WorkerLife? LifeOf(string worker, DateTimeOffset then) => _lives.LastOrDefault(life => life.Worker == worker && life.Began <= then);

    /// <summary>Who has asked an engine with that User-Agent.</summary>
    public WorkerLife? LifeOf(string? name) => _lives.FirstOrDefault(life => life.Name == name);

    public async Task KillWorkerAsync(int worker)
    {
        _doomed[_workers[worker]] = true;
        _lives.Single(life => life.Process == _workers[worker]).WasKilled = true;
        await _workers[worker].KillAsync();
    }

    public async Task TerminateWorkerAsync(int worker)
    {
        _doomed[_workers[worker]] = true;
        await _workers[worker].TerminateAsync();
    }

    public async Task StartWorkerAsync(int worker)
    {
        string id = $"w{worker}";
        var life = new WorkerLife(id, $"{id}.{_lives.Count(before => before.Worker == id)}");
        _lives.Enqueue(life);
        string file = Path.Combine(_logs.FullName, $"w{worker}.log");
        life.Process = _workers[worker] = await ProxyProcess.StartAsync(
            string.Join(',', _ports[..Engines].Select(port => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}"))),
            line => File.AppendAllText(file, line + Environment.NewLine),
            [
                ("WORKER_ID", id), ("ENGINE_USER_AGENT", life.Name), ("ENGINE_MAX_STREAMS", $"{MostStreams}"), ("ENGINE_PROBE_INTERVAL", "2"),
                ("PROXY_BUFFER_TTL", "30"), ("RING_SIZE", "8"), ("Serilog__MinimumLevel__Default", "Information"), .. Redis.Settings,
            ]);
    }

    public async Task StartEngineAsync(int engine) => _engines[engine] = await EngineProcess.StartAsync(
        Contents, ChaosScenario.BitsPerSecond, "--burst", "12",
        "--port", _ports[engine].ToString(CultureInfo.InvariantCulture),
        "--control-port", _ports[Engines + engine].ToString(CultureInfo.InvariantCulture));

    public async ValueTask DisposeAsync()
    {
        foreach (WorkerLife life in _lives)
        {
            await (life.Process?.DisposeAsync() ?? ValueTask.CompletedTask);
        }

        foreach (EngineProcess engine in _engines)
        {
            await engine.DisposeAsync();
        }

        await Redis.DisposeAsync();
    }
}
