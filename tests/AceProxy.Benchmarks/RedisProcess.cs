using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace AceProxy.Benchmarks;

/// <summary>redis-server on a free loopback port, that keeps nothing and can be killed and started again, empty.</summary>
internal sealed class RedisProcess : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("redis-");
    private Process? _process;

    private RedisProcess(int port) => Port = port;

    public int Port { get; }

    public (string Name, string Value)[] Settings => [("REDIS_HOST", "127.0.0.1"), ("REDIS_PORT", Port.ToString(CultureInfo.InvariantCulture))];

    public TimeSpan ProcessorTime
    {
        get
        {
            _process!.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public static async Task<RedisProcess> StartAsync()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        int port = ((IPEndPoint)probe.LocalEndpoint).Port;
        probe.Stop();
        var redis = new RedisProcess(port);
        await redis.RestartAsync();
        return redis;
    }

    public async Task RestartAsync()
    {
        string[] arguments =
        [
            "--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--save", "", "--dir", _folder.FullName,
            "--loglevel", "warning",
        ];
        _process = Process.Start(new ProcessStartInfo("redis-server", arguments) { RedirectStandardOutput = true })!;
        _ = _process.StandardOutput.ReadToEndAsync();
        for (int attempt = 0; attempt < 500; attempt++)
        {
            try
            {
                await CommandsAsync();
                return;
            }
            catch (Exception exception) when (exception is SocketException or IOException)
            {
                await Task.Delay(20);
            }
        }

        throw new TimeoutException("redis-server did not answer within 10 s");
    }

    public async Task SignalAsync(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", _process!.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <summary>The lines of the reply to a command, without their lengths.</summary>
    public async Task<string[]> AskAsync(string command)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Port);
        using NetworkStream stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{command}\r\nQUIT\r\n"));
        using var reader = new StreamReader(stream, Encoding.Latin1);
        string[] lines = (await reader.ReadToEndAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        return [.. lines[..^1].Where(line => line[0] is not ('*' or '$')).Select(line => line.TrimStart(':', '+'))];
    }

    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Commands that it has processed since its start, those inside scripts included.</summary>
    public async Task<long> CommandsAsync()
    {
        string text = string.Join("\r\n", await AskAsync("INFO stats"));
        const string Name = "total_commands_processed:";
        int at = text.IndexOf(Name, StringComparison.Ordinal) + Name.Length;
        return long.Parse(text.AsSpan(at, text.IndexOf('\r', at) - at), CultureInfo.InvariantCulture);
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
}
