using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace AceProxy.Benchmarks;

/// <summary>The program as a process of its own, on a free loopback port.</summary>
internal sealed class ProxyProcess : IAsyncDisposable
{
    private readonly Process _process;

    private ProxyProcess(Process process, Uri address)
    {
        _process = process;
        Client = new HttpClient(new SocketsHttpHandler
        {
            MaxConnectionsPerServer = int.MaxValue,
            UseProxy = false,
            MaxResponseDrainSize = 0, // who leaves a live stream leaves at once
        })
        {
            BaseAddress = address,
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    public HttpClient Client { get; }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Resident memory in MiB.</summary>
    public double ResidentMiB
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64 / 1048576.0;
        }
    }

    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public static Task<ProxyProcess> StartAsync(IPEndPoint engine, params (string Name, string Value)[] settings) =>
        StartAsync(engine.ToString(), settings);

    /// <param name="engines">As <c>ENGINES</c> has them.</param>
    public static Task<ProxyProcess> StartAsync(string engines, params (string Name, string Value)[] settings) =>
        StartAsync(engines, _ => { }, settings);

    /// <param name="onLine">Takes each line that it logs.</param>
    public static async Task<ProxyProcess> StartAsync(string engines, Action<string> onLine, params (string Name, string Value)[] settings)
    {
        int port = FreePort();
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "aceproxy.dll")])
        {
            RedirectStandardOutput = true,
        };
        start.Environment["ASPNETCORE_URLS"] = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");
        start.Environment["ENGINES"] = engines;
        start.Environment["ENGINE_MAX_STREAMS"] = "1000";
        start.Environment["Serilog__MinimumLevel__Default"] = "Warning";
        foreach ((string name, string value) in settings)
        {
            start.Environment[name] = value;
        }

        Process process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => onLine(line.Data ?? "");
        process.BeginOutputReadLine();
        var proxy = new ProxyProcess(process, new Uri(start.Environment["ASPNETCORE_URLS"]!));
        await proxy.WaitUntilItAnswersAsync();
        return proxy;
    }

    public async Task<JsonElement[]> StreamsAsync()
    {
        using var document = JsonDocument.Parse(await Client.GetStringAsync("/api/streams?scope=worker"));
        return [.. document.RootElement.GetProperty("streams").EnumerateArray().Select(element => element.Clone())];
    }

    /// <summary>SIGTERM; returns the exit code and how long it took.</summary>
    public async Task<(int ExitCode, TimeSpan Took)> TerminateAsync()
    {
        long started = Stopwatch.GetTimestamp();
        await SignalAsync("TERM");
        await _process.WaitForExitAsync();
        return (_process.ExitCode, Stopwatch.GetElapsedTime(started));
    }

    public async Task SignalAsync(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>owner or follower of its only stream; null when it has none.</summary>
    public async Task<string?> RoleAsync() => await StreamsAsync() is [var stream] ? stream.GetProperty("role").GetString() : null;

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private async Task WaitUntilItAnswersAsync()
    {
        for (long started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(20);)
        {
            try
            {
                await Client.GetStringAsync("/healthz");
                return;
            }
            catch (HttpRequestException) when (!_process.HasExited)
            {
                await Task.Delay(20);
            }
        }

        throw new TimeoutException("the program did not answer within 20 s");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
