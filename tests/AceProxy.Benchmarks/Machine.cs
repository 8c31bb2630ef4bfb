using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace AceProxy.Benchmarks;

/// <summary>What a table was measured on: without it figures say nothing.</summary>
internal static class Machine
{
    public static string Describe(string[] arguments) => string.Create(CultureInfo.InvariantCulture, $"""
        machine  {Processor()}, {Environment.ProcessorCount} cores, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30} GiB
        system   {RuntimeInformation.OSDescription}, Linux {Environment.OSVersion.Version}, .NET {Environment.Version}
        commit   {Git("rev-parse", "--short", "HEAD")}{(Git("status", "--porcelain", "--untracked-files=no").Length > 0 ? " and changes" : "")}
        command  dotnet run -c Release --project tests/AceProxy.Benchmarks -- {string.Join(' ', arguments)}
        date     {DateTimeOffset.UtcNow:yyyy-MM-dd HH:mm} UTC
        """);

    private static string Processor() => File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))
        ?.Split(':', 2)[1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();

    private static string Git(params string[] arguments)
    {
        var start = new ProcessStartInfo("git", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = AppContext.BaseDirectory,
        };
        try
        {
            using Process git = Process.Start(start)!;
            string output = git.StandardOutput.ReadToEnd().Trim();
            git.WaitForExit();
            return output;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "unknown: no git";
        }
    }
}
