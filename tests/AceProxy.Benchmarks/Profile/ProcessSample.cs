using System.Globalization;

namespace AceProxy.Benchmarks.Profile;

/// <summary>What /proc says of some processes at one moment, summed up.</summary>
/// <param name="User">Seconds of CPU.</param>
/// <param name="Kernel">The same.</param>
/// <param name="Switches">Of their threads that live now.</param>
/// <param name="Threads">Seconds of CPU by the threads' names, their numbers left out.</param>
internal sealed record ProcessSample(double User, double Kernel, long Switches, IReadOnlyDictionary<string, double> Threads)
{
    /// <summary>USER_HZ: what times in /proc are counted in, on every architecture that matters here.</summary>
    private const double TicksPerSecond = 100;

    public static ProcessSample Of(IEnumerable<int> processes)
    {
        double user = 0;
        double kernel = 0;
        long switches = 0;
        Dictionary<string, double> threads = [];
        foreach (string task in processes.SelectMany(process => Directory.EnumerateDirectories($"/proc/{process}/task")))
        {
            try
            {
                string stat = File.ReadAllText($"{task}/stat");
                string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' '); // from the third on: the second, the name, may have spaces
                double inUser = double.Parse(fields[11], CultureInfo.InvariantCulture) / TicksPerSecond;
                double inKernel = double.Parse(fields[12], CultureInfo.InvariantCulture) / TicksPerSecond;
                (user, kernel) = (user + inUser, kernel + inKernel);
                string name = stat[(stat.IndexOf('(', StringComparison.Ordinal) + 1)..stat.LastIndexOf(')')].TrimEnd("0123456789- ".ToCharArray());
                threads[name] = threads.GetValueOrDefault(name) + inUser + inKernel;
                switches += File.ReadLines($"{task}/status").Where(line => line.Contains("ctxt_switches:", StringComparison.Ordinal))
                    .Sum(line => long.Parse(line.AsSpan(line.IndexOf(':', StringComparison.Ordinal) + 1), CultureInfo.InvariantCulture));
            }
            catch (IOException)
            {
                // the thread has ended since
            }
        }

        return new ProcessSample(user, kernel, switches, threads);
    }
}
