using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace AceProxy.Benchmarks.FanOut;

/// <summary>A process that is measured or helps to, ended with its scope.</summary>
internal sealed class BenchProcess : IDisposable
{
    private readonly Process _process;

    public BenchProcess(string file, IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
    }

    public int Id => _process.Id;

    public double ResidentKiB
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64 / 1024.0;
        }
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Until somebody listens there.</summary>
    public static async Task ListeningAsync(int port)
    {
        for (int attempt = 0; attempt < 2000; attempt++)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(3);
            }
        }

        throw new TimeoutException(string.Create(CultureInfo.InvariantCulture, $"nobody listens on port {port}"));
    }

    /// <summary>Until the program there says that it is ready.</summary>
    public static async Task ReadyAsync(int port)
    {
        await ListeningAsync(port);
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        for (int attempt = 0; attempt < 500; attempt++)
        {
            using HttpResponseMessage reply = await client.GetAsync(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/readyz"));
            if (reply.IsSuccessStatusCode)
            {
                return;
            }

            await Task.Delay(20);
        }

        throw new TimeoutException(string.Create(CultureInfo.InvariantCulture, $"the program on port {port} is not ready"));
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }
}
