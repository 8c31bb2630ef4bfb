using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using AceProxy.Tests.Functional;

namespace AceProxy.Tests.Deployment;

/// <summary>A real HAProxy with the configuration in <c>deploy/</c>, in front of two workers.</summary>
internal sealed class HaproxyProcess : IAsyncDisposable
{
    private readonly Process _process;

    private HaproxyProcess(Process process, string byContent, string inTurns) =>
        (_process, ByContent, InTurns) = (process, Deploy.ClientOf(new Uri($"http://{byContent}")), Deploy.ClientOf(new Uri($"http://{inTurns}")));

    /// <summary>The front end that sends the viewers of a content to one worker.</summary>
    public HttpClient ByContent { get; }

    /// <summary>The one that takes turns.</summary>
    public HttpClient InTurns { get; }

    public static async Task<HaproxyProcess> StartAsync(Uri first, Uri second)
    {
        ExternalTool.Require("haproxy");
        int[] ports = LoopbackPorts.Take(2);
        var start = new ProcessStartInfo("haproxy", ["-db", "-f", Deploy.PathOf("deploy/haproxy.cfg")]);
        start.Environment["WORKER_1"] = first.Authority;
        start.Environment["WORKER_2"] = second.Authority;
        start.Environment["BY_CONTENT"] = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{ports[0]}");
        start.Environment["IN_TURNS"] = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{ports[1]}");
        Process process = Process.Start(start)!;
        var haproxy = new HaproxyProcess(process, start.Environment["BY_CONTENT"]!, start.Environment["IN_TURNS"]!);
        try
        {
            await SafetyNet.EventuallyAsync(() => Array.TrueForAll(ports, Listens), () => $"haproxy does not listen ({process.HasExited})");
            return haproxy;
        }
        catch
        {
            await haproxy.DisposeAsync(); // nobody else would
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        ByContent.Dispose();
        InTurns.Dispose();
        _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
    }

    private static bool Listens(int port)
    {
        try
        {
            using var client = new TcpClient();
            client.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
