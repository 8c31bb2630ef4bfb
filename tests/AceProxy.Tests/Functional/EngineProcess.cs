using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Sessions;

namespace AceProxy.Tests.Functional;

/// <summary>
/// A simulated engine as a process of its own, that can be killed and stopped. Two of them serve the same packets: a stamped broadcast is
/// a function of the clock.
/// </summary>
internal sealed class EngineProcess : IAsyncDisposable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };
    private readonly Process _process;
    private readonly HttpClient _control;

    private EngineProcess(Process process, string endPoint, Uri control)
    {
        (_process, EndPoint) = (process, endPoint);
        _control = new HttpClient { BaseAddress = control };
    }

    /// <summary>host:port of the engine's API.</summary>
    public string EndPoint { get; }

    /// <param name="contents">How many stamped contents it has, numbered from 1 as <see cref="Infohash"/> has them.</param>
    public static async Task<EngineProcess> StartAsync(int contents, int bitsPerSecond, params string[] arguments)
    {
        string[] all =
        [
            typeof(SimulatedEngine).Assembly.Location, "--port", "0", "--control-port", "0", "--fast", .. arguments,
            .. Enumerable.Range(1, contents).SelectMany(number => new[]
            {
                "--stamped", string.Create(CultureInfo.InvariantCulture, $"{Id(number)}:{Infohash(number)}:{bitsPerSecond}:0.4"),
            }),
        ];
        Process process = Process.Start(new ProcessStartInfo("dotnet", all) { RedirectStandardOutput = true })!;
        string endPoint = new Uri(await AddressAsync(process, "engine")).Authority;
        var engine = new EngineProcess(process, endPoint, new Uri(await AddressAsync(process, "control")));
        _ = process.StandardOutput.ReadToEndAsync(); // a pipe that nobody empties would stop it
        return engine;
    }

    public static string Infohash(int number) => string.Create(CultureInfo.InvariantCulture, $"{0x1f:x2}{number:x38}");

    /// <summary>SIGKILL: the kernel closes its sockets.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGSTOP: connections stay, the kernel goes on accepting, and nobody answers.</summary>
    public Task StopAsync() => SignalAsync("-STOP");

    public Task ContinueAsync() => SignalAsync("-CONT");

    /// <summary>Changes the script of a content, as JSON has it.</summary>
    public async Task PatchAsync(int number, object changes)
    {
        using HttpResponseMessage response = await _control.PatchAsJsonAsync($"/contents/{Infohash(number)}", changes);
        response.EnsureSuccessStatusCode();
    }

    public async Task<int> OpenSessionsAsync() =>
        (int)(await _control.GetFromJsonAsync<JsonObject>("/counters"))!["openSessionCount"]!;

    /// <summary>The sessions that it remembers, ended ones included.</summary>
    /// <exception cref="OperationCanceledException">It did not answer in time.</exception>
    public async Task<SimulatedSession[]> SessionsAsync(CancellationToken cancellation) =>
        (await _control.GetFromJsonAsync<SimulatedSession[]>("/sessions", Json, cancellation))!;

    /// <summary>How often each session was asked to stop.</summary>
    public async Task<int[]> StopsAsync() =>
        [.. (await _control.GetFromJsonAsync<JsonArray>("/sessions"))!.Select(session => (int)session!["stopCount"]!)];

    public async ValueTask DisposeAsync()
    {
        _control.Dispose();
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }

    private static string Id(int number) => string.Create(CultureInfo.InvariantCulture, $"{0xc0:x2}{number:x38}");

    private static async Task<string> AddressAsync(Process process, string name)
    {
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.StartsWith(name, StringComparison.Ordinal))
            {
                return line[name.Length..].Trim();
            }
        }

        throw new InvalidOperationException($"the engine ended before it named its {name} address");
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [signal, _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }
}
