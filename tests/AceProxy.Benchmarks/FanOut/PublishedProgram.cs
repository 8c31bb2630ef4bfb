using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace AceProxy.Benchmarks.FanOut;

/// <summary>The program as <c>deploy/Dockerfile</c> ships it: published, compiled ahead of time (ReadyToRun).</summary>
internal static class PublishedProgram
{
    /// <returns>Where it lies now.</returns>
    public static string Publish([CallerFilePath] string here = "")
    {
        string folder = Directory.CreateTempSubdirectory("aceproxy-published-").FullName;
        string project = Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "src", "AceProxy");
        using Process publish = Process.Start(new ProcessStartInfo(
            "dotnet", ["publish", project, "-c", "Release", "-p:PublishReadyToRun=true", "-o", folder])
        { RedirectStandardOutput = true })!;
        string output = publish.StandardOutput.ReadToEnd();
        publish.WaitForExit();
        return publish.ExitCode == 0 ? Path.Combine(folder, "aceproxy.dll") : throw new InvalidOperationException(output);
    }
}
