using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using AceProxy.Tests.Functional;

namespace AceProxy.Tests.Cluster;

/// <summary>
/// A real redis-server on a loopback port of its own, that keeps nothing on disk and can be killed, restarted empty and stopped. Where
/// GARNET_SERVER names a garnet-server, that one in its place, for tests that need nothing of Redis's own.
/// </summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("redis-");
    private readonly string[] _arguments;
    private Process? _process;

    private RedisServer(int port, string[] arguments) => (Port, _arguments) = (port, arguments);

    public int Port { get; }

    public (string Name, string Value)[] Settings => [("REDIS_HOST", "127.0.0.1"), ("REDIS_PORT", Port.ToString(CultureInfo.InvariantCulture))];

    /// <summary>Whether it has written all that it had to disk; only if its arguments say so.</summary>
    public bool HasSnapshot => File.Exists(Path.Combine(_folder.FullName, "dump.rdb"));

    public static async Task<RedisServer> StartAsync(params string[] arguments)
    {
        var server = new RedisServer(LoopbackPorts.TakeOne(), arguments);
        await server.RestartAsync();
        return server;
    }

    /// <summary>Nobody listens there until <see cref="RestartAsync"/>.</summary>
    public static RedisServer Absent() => new(LoopbackPorts.TakeOne(), []);

    /// <summary>Starts it, empty unless there is a snapshot, where it was; returns when it answers.</summary>
    public async Task RestartAsync()
    {
        string port = Port.ToString(CultureInfo.InvariantCulture);
        string tool = Environment.GetEnvironmentVariable("GARNET_SERVER") is { Length: > 0 } garnet ? garnet : "redis-server";
        ExternalTool.Require(tool);
        string[] all = tool != "redis-server"
            ? ["--port", port, "--bind", "127.0.0.1", "--lua", "--lua-transaction-mode", "--memory", "256m", "--index", "16m", "--logger-level", "Error", .. _arguments]
            :
            [
                "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", _folder.FullName, "--loglevel", "warning",
                .. _arguments,
            ];
        _process = Process.Start(new ProcessStartInfo(tool, all) { RedirectStandardOutput = true })!;
        _ = _process.StandardOutput.ReadToEndAsync(); // a pipe that nobody empties would stop it
        long began = TimeProvider.System.GetTimestamp();
        while (await TryAskAsync("PING") is not { } reply || !(reply == "+PONG" || reply.StartsWith("-NOAUTH", StringComparison.Ordinal)))
        {
            Assert.False(_process.HasExited, "redis-server ended");
            Assert.True(TimeProvider.System.GetElapsedTime(began) < SafetyNet.Limit, "redis-server does not answer");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
    }

    /// <summary>SIGTERM.</summary>
    public async Task EndAsync()
    {
        await SignalAsync(_process!.Id, "-TERM");
        await _process.WaitForExitAsync(CancellationToken.None).WaitAsync(SafetyNet.Limit);
    }

    /// <summary>SIGSTOP: connections stay, and nobody answers.</summary>
    public Task StopAsync() => SignalAsync(_process!.Id, "-STOP");

    public Task ContinueAsync() => SignalAsync(_process!.Id, "-CONT");

    public static async Task SignalAsync(int process, string signal)
    {
        using var kill = Process.Start("kill", [signal, process.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <summary>One command over a connection of its own, by nobody's client library; the first line of the reply.</summary>
    public async Task<string> AskAsync(string command) => await TryAskAsync(command) ?? throw new IOException("Redis is not there");

    /// <summary>A field of a hash; empty if there is none.</summary>
    public async Task<string> HashAsync(string key, string field)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Port);
        using NetworkStream stream = client.GetStream();
        await stream.WriteAsync(Encode("HGET", key, field));
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return await reader.ReadLineAsync() is { } length && length[0] == '$' && length[1] != '-' ? await reader.ReadLineAsync() ?? "" : "";
    }

    /// <summary>The whole reply to a command, as it is on the wire.</summary>
    public async Task<string> RawAsync(string command)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Port);
        using NetworkStream stream = client.GetStream();
        await stream.WriteAsync((byte[])[.. Encode(command.Split(' ')), .. Encode("QUIT")]);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return await reader.ReadToEndAsync();
    }

    /// <summary>How often it has carried that command out since <c>CONFIG RESETSTAT</c>, in scripts as well.</summary>
    public async Task<int> CallsAsync(string command)
    {
        string before = $"cmdstat_{command}:calls=", all = await RawAsync("INFO commandstats");
        int at = all.IndexOf(before, StringComparison.Ordinal);
        return at < 0 ? 0 : int.Parse(all[(at + before.Length)..all.IndexOf(',', at)], CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            await KillAsync();
        }

        _process?.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task<string?> TryAskAsync(string command)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, Port);
            using NetworkStream stream = client.GetStream();
            await stream.WriteAsync(Encode(command.Split(' ')));
            using var reader = new StreamReader(stream, Encoding.Latin1);
            return await reader.ReadLineAsync();
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            return null;
        }
    }

    private static byte[] Encode(params string[] words) => Encoding.ASCII.GetBytes(
        $"*{words.Length}\r\n{string.Concat(words.Select(word => $"${word.Length}\r\n{word}\r\n"))}");
}
