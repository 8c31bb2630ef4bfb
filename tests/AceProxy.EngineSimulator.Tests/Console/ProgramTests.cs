using System.Diagnostics;
using System.Runtime.InteropServices;
using AceProxy.EngineSimulator.Contents;
using AceProxy.EngineSimulator.Tests.Wire;

namespace AceProxy.EngineSimulator.Tests.Console;

public sealed class ProgramTests
{
    private const int Terminate = 15;

    [Fact]
    public async Task Run_Terminated_PrintsItsEndpointsAndEndsWithZero()
    {
        using var process = Run("--port", "0", "--control-port", "0", "--fast");
        var lines = new List<string>();
        while (lines.Count < 3 && await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
            lines.Add(line);
        Assert.Matches(@"^engine  http://127\.0\.0\.1:\d+$", lines[0]);
        Assert.Matches(@"^control http://127\.0\.0\.1:\d+$", lines[1]);
        Assert.Contains(DemoContent.ContentId, lines[2], StringComparison.Ordinal);
        Assert.Equal(0, Kill(process.Id, Terminate));
        Assert.Equal(0, await ExitCodeAsync(process));
    }

    [Fact]
    public async Task Run_BadArgument_NamesItAndEndsWithTwo()
    {
        using var process = Run("--port", "many");
        Assert.Contains("--port many", await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(2, await ExitCodeAsync(process));
    }

    [Fact]
    public async Task Run_Help_ShowsTheOptionsAndEndsWithZero()
    {
        using var process = Run("--help");
        Assert.Contains("--stamped", await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(0, await ExitCodeAsync(process));
    }

    private static Process Run(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(typeof(SimulatedEngine).Assembly.Location);
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    private static async Task<int> ExitCodeAsync(Process process)
    {
        try
        {
            await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Client.Patience, TestContext.Current.CancellationToken);
            return process.ExitCode;
        }
        catch (TimeoutException)
        {
            process.Kill();
            throw;
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);
}
