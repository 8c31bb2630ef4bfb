using System.Globalization;

/// <summary>
/// Loaded into the measured program by the runtime (DOTNET_STARTUP_HOOKS): writes, twice a second, how often and how long its collector
/// has worked. The name, and that it is in no namespace, is what the runtime asks for.
/// </summary>
internal static class StartupHook
{
    public const string FileVariable = "ACEPROXY_PROFILE_GC";

    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(FileVariable) is { Length: > 0 } file)
        {
            new Thread(() => WriteForEver(file)) { IsBackground = true, Name = "profile" }.Start();
        }
    }

    private static void WriteForEver(string file)
    {
        while (true)
        {
            string text = string.Create(
                CultureInfo.InvariantCulture,
                $"{GC.CollectionCount(0)} {GC.CollectionCount(2)} {GC.GetTotalPauseDuration().TotalMilliseconds} {GC.GetTotalAllocatedBytes()}");
            File.WriteAllText($"{file}.new", text);
            File.Move($"{file}.new", file, overwrite: true); // whoever reads it finds all of it
            Thread.Sleep(500);
        }
    }
}
