using System.Globalization;

namespace AceProxy.Benchmarks.Profile;

/// <summary>What the program's garbage collector has done so far; nothing for a server that has none.</summary>
internal sealed record CollectorFigures(long Collections, long Full, double PauseMs, long AllocatedBytes)
{
    public static readonly CollectorFigures None = new(0, 0, 0, 0);

    /// <summary>Reads what <see cref="StartupHook"/> has written last.</summary>
    public static CollectorFigures Read(string file)
    {
        if (new FileInfo(file) is not { Exists: true, Length: > 0 })
        {
            return None;
        }

        string[] fields = File.ReadAllText(file).Split(' ');
        return new CollectorFigures(
            long.Parse(fields[0], CultureInfo.InvariantCulture), long.Parse(fields[1], CultureInfo.InvariantCulture),
            double.Parse(fields[2], CultureInfo.InvariantCulture), long.Parse(fields[3], CultureInfo.InvariantCulture));
    }
}
