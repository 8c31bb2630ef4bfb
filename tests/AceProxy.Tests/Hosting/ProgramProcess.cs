using System.Diagnostics;
using System.Globalization;
using AceProxy.EngineSimulator;
using AceProxy.Hosting;
using AceProxy.Tests.Functional;

namespace AceProxy.Tests.Hosting;

/// <summary>The built program as a process of its own, on a free loopback port, killed with its scope.</summary>
internal sealed class ProgramProcess : IDisposable
{
    private const string Listening = "Now listening on: ";

    private readonly Process _process;

    private readonly Task<string> _output;

    private ProgramProcess(Process process, Uri address, Task<string> output) => (_process, Address, _output) = (process, address, output);

    public Uri Address { get; }

    public int Id => _process.Id;

    /// <summary>How often its threads that live now were switched away from so far, of their own will or not.</summary>
    public long ContextSwitches => Directory.EnumerateDirectories($"/proc/{Id}/task").Sum(SwitchesOf);

    public static async Task<ProgramProcess> StartAsync(SimulatedEngine engine, params (string Name, string Value)[] settings)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(ProxyApplication).Assembly.Location]) { RedirectStandardOutput = true };
        start.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        start.Environment["ENGINES"] = engine.EndPoint.ToString();
        foreach ((string name, string value) in settings)
        {
            start.Environment[name] = value;
        }

        Process process = Process.Start(start)!;
        try
        {
            string address = await ListeningAsync(process);
            return new ProgramProcess(process, new Uri(address), process.StandardOutput.ReadToEndAsync(CancellationToken.None)); // it may not fill its pipe
        }
        catch
        {
            process.Kill();
            process.Dispose();
            throw;
        }
    }

    /// <returns>Its exit code, once it has ended by itself.</returns>
    public async Task<int> EndedAsync()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        await _process.WaitForExitAsync(cancellation).WaitAsync(SafetyNet.Limit, cancellation);
        return _process.ExitCode;
    }

    /// <summary>SIGKILL.</summary>
    /// <returns>What it has printed since it listened.</returns>
    public async Task<string> KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return await _output;
    }

    public void Dispose()
    {
        _process.Kill(); // does nothing to one that has ended
        _process.Dispose();
    }

    private static async Task<string> ListeningAsync(Process process)
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        while (await process.StandardOutput.ReadLineAsync(cancellation).AsTask().WaitAsync(SafetyNet.Limit, cancellation) is { } line)
        {
            int at = line.IndexOf(Listening, StringComparison.Ordinal);
            if (at >= 0)
            {
                return line[(at + Listening.Length)..].Trim(' ', '"');
            }
        }

        throw new InvalidOperationException("the program ended without listening");
    }

    private static long SwitchesOf(string task)
    {
        try
        {
            return File.ReadLines(Path.Combine(task, "status"))
                .Where(line => line.Contains("ctxt_switches:", StringComparison.Ordinal))
                .Sum(line => long.Parse(line.AsSpan(line.IndexOf(':', StringComparison.Ordinal) + 1), CultureInfo.InvariantCulture));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return 0; // the thread has ended since
        }
    }
}
