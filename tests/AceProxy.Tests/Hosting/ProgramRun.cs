using System.Diagnostics;
using AceProxy.Hosting;

namespace AceProxy.Tests.Hosting;

/// <summary>The built program as a process of its own, run to its end.</summary>
internal sealed record ProgramRun(int ExitCode, string Output, string Errors)
{
    /// <param name="arguments">The command line.</param>
    /// <param name="settings">The program's whole environment but for what the runtime needs.</param>
    /// <param name="cancellation">Ends the process too.</param>
    public static async Task<ProgramRun> ToEndAsync(string[] arguments, (string Name, string Value)[] settings, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(ProxyApplication).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string inherited in start.Environment.Keys.ToArray())
        {
            if (inherited is not ("PATH" or "HOME" or "DOTNET_ROOT" or "TMPDIR" or "LANG"))
            {
                start.Environment.Remove(inherited);
            }
        }

        foreach ((string name, string value) in settings)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(cancellation);
            Task<string> errors = process.StandardError.ReadToEndAsync(cancellation);
            await process.WaitForExitAsync(cancellation).WaitAsync(TimeSpan.FromSeconds(20), cancellation);
            return new ProgramRun(process.ExitCode, await output, await errors);
        }
        finally
        {
            process.Kill(entireProcessTree: true); // does nothing to one that has ended
        }
    }
}
