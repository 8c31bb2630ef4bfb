using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace AceProxy.Benchmarks.FanOut;

/// <summary>Builds the floor and the load generator with the machine's C compiler, once a run.</summary>
internal static class NativeTools
{
    private static readonly string Folder = Directory.CreateTempSubdirectory("aceproxy-bench-").FullName;

    public static string Floor { get; } = Path.Combine(Folder, "floor");

    public static string Load { get; } = Path.Combine(Folder, "load");

    public static void Build([CallerFilePath] string here = "")
    {
        string source = Path.Combine(Path.GetDirectoryName(here)!, "..", "native");
        foreach (string tool in (string[])[Floor, Load])
        {
            using Process compiler = Process.Start("cc", ["-O2", "-o", tool, Path.Combine(source, $"{Path.GetFileName(tool)}.c")]);
            compiler.WaitForExit();
            if (compiler.ExitCode != 0)
            {
                throw new InvalidOperationException("no C compiler: apt-get install gcc libc6-dev");
            }
        }
    }
}
