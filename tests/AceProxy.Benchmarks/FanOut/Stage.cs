using System.Globalization;
using System.Net;
using System.Text.Json;

namespace AceProxy.Benchmarks.FanOut;

/// <summary>An engine process with so many stamped streams, and either the program or floors in front of it.</summary>
internal sealed class Stage : IDisposable
{
    private readonly List<BenchProcess> _processes = [];
    private readonly List<int> _servers = [];
    private readonly string[] _ids;
    private int _enginePort;

    private Stage(int streams) => _ids = [.. Enumerable.Range(1, streams).Select(number => $"c0{number:x38}")];

    /// <summary>PORT/PATH of each stream, for the load generator.</summary>
    public List<string> Targets { get; } = [];

    /// <summary>The processes that are measured: the program's, or the floors'.</summary>
    public IReadOnlyList<int> Servers => _servers;

    /// <summary>The program's process; null on a stage of floors.</summary>
    public BenchProcess? Program { get; private set; }

    public static async Task<Stage> WithProgramAsync(int streams, int bitsPerSecond, params (string Name, string Value)[] settings)
    {
        Stage stage = await WithEngineAsync(streams, bitsPerSecond);
        int port = BenchProcess.FreePort();
        stage.Program = stage.Add(new BenchProcess(
            "dotnet", [Path.Combine(AppContext.BaseDirectory, "aceproxy.dll")],
            [
                ("ASPNETCORE_URLS", Invariant($"http://127.0.0.1:{port}")),
                ("ENGINES", Invariant($"127.0.0.1:{stage._enginePort}")),
                ("ENGINE_MAX_STREAMS", "1000"),
                ("Serilog__MinimumLevel__Default", "Error"),
                .. settings,
            ]));
        stage._servers.Add(stage.Program.Id);
        await BenchProcess.ListeningAsync(port);
        stage.Targets.AddRange(stage._ids.Select(id => Invariant($"{port}/ace/getstream?id={id}")));
        return stage;
    }

    /// <summary>One worker that Redis lists and a gateway in front of it; the targets are the gateway's, nothing is measured by itself.</summary>
    public static async Task<(Stage Stage, BenchProcess Gateway)> WithGatewayAsync(int streams, int bitsPerSecond)
    {
        int redis = BenchProcess.FreePort(), port = BenchProcess.FreePort();
        (string, string)[] settings = [("REDIS_HOST", "127.0.0.1"), ("REDIS_PORT", Invariant($"{redis}"))];
        var server = new BenchProcess("redis-server", ["--bind", "127.0.0.1", "--port", Invariant($"{redis}"), "--save", ""]);
        await BenchProcess.ListeningAsync(redis);
        Stage stage = await WithProgramAsync(streams, bitsPerSecond, settings);
        stage.Add(server);
        BenchProcess gateway = stage.Add(new BenchProcess(
            "dotnet", [Path.Combine(AppContext.BaseDirectory, "aceproxy.dll"), "gateway"],
            [("ASPNETCORE_URLS", Invariant($"http://127.0.0.1:{port}")), ("Serilog__MinimumLevel__Default", "Error"), .. settings]));
        await BenchProcess.ReadyAsync(port);
        stage._servers.Clear();
        stage.Targets.Clear();
        stage.Targets.AddRange(stage._ids.Select(id => Invariant($"{port}/ace/getstream?id={id}")));
        return (stage, gateway);
    }

    /// <summary>
    /// Two workers on one Redis; the targets are the first's, which owns what is asked of it first, then the second's, and so are
    /// <see cref="Servers"/>.
    /// </summary>
    public static async Task<Stage> WithClusterAsync(int streams, int bitsPerSecond, RedisProcess redis)
    {
        Stage stage = await WithProgramAsync(streams, bitsPerSecond, redis.Settings);
        int port = BenchProcess.FreePort();
        BenchProcess second = stage.Add(new BenchProcess(
            "dotnet", [Path.Combine(AppContext.BaseDirectory, "aceproxy.dll")],
            [
                ("ASPNETCORE_URLS", Invariant($"http://127.0.0.1:{port}")), ("ENGINES", Invariant($"127.0.0.1:{stage._enginePort}")),
                ("ENGINE_MAX_STREAMS", "1000"), ("Serilog__MinimumLevel__Default", "Error"), .. redis.Settings,
            ]));
        stage._servers.Add(second.Id);
        await BenchProcess.ListeningAsync(port);
        stage.Targets.AddRange(stage._ids.Select(id => Invariant($"{port}/ace/getstream?id={id}")));
        return stage;
    }

    /// <param name="inPlace">With sendfile instead of send.</param>
    public static async Task<Stage> WithFloorAsync(int streams, int bitsPerSecond, bool inPlace = false, int piece = 65536)
    {
        Stage stage = await WithEngineAsync(streams, bitsPerSecond);
        foreach (string id in stage._ids)
        {
            string path = await stage.PlaybackPathAsync(id);
            int port = BenchProcess.FreePort();
            string[] way = inPlace ? ["-s"] : [];
            BenchProcess floor = stage.Add(new BenchProcess(
                NativeTools.Floor, [.. way, Invariant($"{port}"), Invariant($"{stage._enginePort}"), path, Invariant($"{piece}")]));
            stage._servers.Add(floor.Id);
            await BenchProcess.ListeningAsync(port);
            stage.Targets.Add(Invariant($"{port}/"));
        }

        return stage;
    }

    /// <param name="checkEvery">Of every n-th reader the body is checked, 0 for none.</param>
    public Task<LoadResult> LoadAsync(int readers, double seconds, double ramp, double from, int checkEvery = 0, int slow = 0) =>
        LoadAsync(_servers, readers, seconds, ramp, from, checkEvery, slow);

    /// <param name="servers">The processes whose time counts.</param>
    /// <param name="targets">Null: all.</param>
    public async Task<LoadResult> LoadAsync(
        IEnumerable<int> servers, int readers, double seconds, double ramp, double from, int checkEvery = 0, int slow = 0,
        IEnumerable<string>? targets = null)
    {
        string[] check = checkEvery > 0 ? ["-v", Invariant($"{checkEvery}")] : [];
        return await LoadResult.RunAsync(
        [
            "-n", Invariant($"{readers}"), "-t", Invariant($"{seconds}"), "-r", Invariant($"{ramp}"), "-w", Invariant($"{from}"),
            "-s", Invariant($"{slow}"), .. check, .. servers.SelectMany(id => (string[])["-p", Invariant($"{id}")]), .. targets ?? Targets,
        ]);
    }

    public void Dispose() => _processes.ForEach(process => process.Dispose());

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static async Task<Stage> WithEngineAsync(int streams, int bitsPerSecond)
    {
        var stage = new Stage(streams) { _enginePort = BenchProcess.FreePort() };
        IEnumerable<string> contents = stage._ids.SelectMany(
            id => (string[])["--stamped", Invariant($"{id}:1f{id[2..]}:{bitsPerSecond}:1")]);
        stage.Add(new BenchProcess(
            "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "AceProxy.EngineSimulator.dll"), "--port", Invariant($"{stage._enginePort}"), "--fast", .. contents]));
        await BenchProcess.ListeningAsync(stage._enginePort);
        return stage;
    }

    private BenchProcess Add(BenchProcess process)
    {
        _processes.Add(process);
        return process;
    }

    /// <summary>Where the engine would send a player: opened here, so that the floor needs no HTTP but one GET.</summary>
    private async Task<string> PlaybackPathAsync(string id)
    {
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false });
        string root = Invariant($"http://127.0.0.1:{_enginePort}");
        using var reply = JsonDocument.Parse(await client.GetStringAsync($"{root}/ace/getstream?id={id}&format=json&pid={Guid.NewGuid()}"));
        string playback = new Uri(reply.RootElement.GetProperty("response").GetProperty("playback_url").GetString()!).PathAndQuery;
        using var request = new HttpRequestMessage(HttpMethod.Get, root + playback) { Headers = { ConnectionClose = true } };
        using HttpResponseMessage redirect = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return redirect.StatusCode == HttpStatusCode.Redirect
            ? redirect.Headers.Location!.PathAndQuery
            : throw new InvalidOperationException($"the engine answered {redirect.StatusCode} for {playback}");
    }
}
