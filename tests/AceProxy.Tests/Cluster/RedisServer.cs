using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using AceProxy.Tests.Functional;

namespace AceProxy.Tests.Cluster;

/// <summary>A real redis-server on a loopback port of its own, empty at every start.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("aceproxy-redis-").FullName;
    private Process? _process;

    public int Port { get; } = LoopbackPorts.TakeOne();

    /// <summary>What a worker or a gateway is told.</summary>
    public (string Name, string Value)[] Settings =>
        [("REDIS_HOST", "127.0.0.1"), ("REDIS_PORT", Port.ToString(CultureInfo.InvariantCulture))];

    public static async Task<RedisServer> StartAsync()
    {
        ExternalTool.Require("redis-server");
        var server = new RedisServer();
        await server.RunAsync();
        return server;
    }

    /// <summary>On the same port again, with nothing in it.</summary>
    public async Task RunAsync()
    {
        _process = Process.Start(new ProcessStartInfo(
            "redis-server",
            ["--bind", "127.0.0.1", "--port", Port.ToString(CultureInfo.InvariantCulture), "--save", "", "--dir", _folder, "--loglevel", "warning"])
        {
            RedirectStandardOutput = true,
        })!;
        _ = _process.StandardOutput.ReadToEndAsync(CancellationToken.None); // its warnings may not fill the pipe
        await SafetyNet.EventuallyAsync(Listens, () => "redis-server does not listen");
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        if (_process is { } process)
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
            process.Dispose();
            _process = null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private bool Listens()
    {
        try
        {
            using var client = new TcpClient();
            client.Connect(IPAddress.Loopback, Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
