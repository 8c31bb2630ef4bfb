using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AceProxy.EngineSimulator;
using AceProxy.Hosting;
using AceProxy.Tests.Functional;

namespace AceProxy.Tests.Cluster;

/// <summary>A worker as a process of its own, that can be killed, stopped and told to end.</summary>
internal sealed class WorkerProcess : IAsyncDisposable
{
    private const string Listening = "Now listening on: ";

    /// <summary>On a machine where many tests start processes at once.</summary>
    private static readonly TimeSpan StartLimit = 3 * SafetyNet.Limit;

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _log = [];

    private WorkerProcess(Process process) => _process = process;

    /// <summary>With the worker's address as its base.</summary>
    public HttpClient Client { get; private set; } = new();

    public string Log => string.Join(Environment.NewLine, _log);

    public static async Task<WorkerProcess> StartAsync(
        string id, RedisServer redis, SimulatedEngine engine, params (string Name, string Value)[] settings)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(ProxyApplication).Assembly.Location]) { RedirectStandardOutput = true };
        (string Name, string Value)[] all =
        [
            ("ASPNETCORE_URLS", "http://127.0.0.1:0"), ("ENGINES", engine.EndPoint.ToString()), ("WORKER_ID", id), .. redis.Settings, .. settings,
        ];
        foreach ((string name, string value) in all)
        {
            start.Environment[name] = value;
        }

        var worker = new WorkerProcess(Process.Start(start)!);
        var address = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = worker.ReadAsync(address);
        try
        {
            worker.Client = new HttpClient(new SocketsHttpHandler { UseProxy = false })
            {
                BaseAddress = new Uri(await address.Task.WaitAsync(StartLimit)),
                Timeout = Timeout.InfiniteTimeSpan,
            };
            return worker;
        }
        catch
        {
            await worker.DisposeAsync(); // nobody else would
            throw;
        }
    }

    /// <summary>owner or follower of its only stream; null when it has none.</summary>
    public async Task<string?> RoleAsync() => (string?)(await StreamAsync())?["role"];

    /// <summary>Of its only stream; none when it has none.</summary>
    public async Task<int> ClientsAsync() => (int?)(await StreamAsync())?["clients"] ?? 0;

    /// <summary>Of its only stream.</summary>
    public async Task<int?> FailoversAsync() => (int?)(await StreamAsync())?["failovers"];

    /// <summary>Of that stream; null when it does not have it.</summary>
    public async Task<string?> StateAsync(string key) => (string?)(await StreamsAsync()).FirstOrDefault(stream => (string?)stream!["key"] == key)?["state"];

    /// <summary>owner or follower of that stream; null when it does not have it.</summary>
    public async Task<string?> RoleAsync(string key) => (string?)(await StreamsAsync()).FirstOrDefault(stream => (string?)stream!["key"] == key)?["role"];

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
    }

    /// <summary>STOP, CONT, TERM.</summary>
    public Task SignalAsync(string name) => RedisServer.SignalAsync(_process.Id, $"-{name}");

    public async Task<int> ExitCodeAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(SafetyNet.Limit);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        TestContext.Current.TestOutputHelper?.WriteLine(Log);
        _process.Dispose();
    }

    private async Task ReadAsync(TaskCompletionSource<string> address)
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            _log.Enqueue(line);
            int at = line.IndexOf(Listening, StringComparison.Ordinal);
            if (at >= 0)
            {
                address.TrySetResult(line[(at + Listening.Length)..].Trim());
            }
        }

        address.TrySetException(new IOException($"the worker ended: {Log}"));
    }

    private async Task<JsonNode?> StreamAsync() => await StreamsAsync() is [{ } stream] ? stream : null;

    private async Task<JsonArray> StreamsAsync() =>
        (await Client.GetFromJsonAsync<JsonObject>("/api/streams?scope=worker", TestContext.Current.CancellationToken))?["streams"] as JsonArray ?? [];
}
