using System.Diagnostics;

namespace AceProxy.Tests.Gates;

/// <summary>What a step costs, in the median of many runs after a warm-up.</summary>
/// <param name="Nanoseconds">A unit.</param>
/// <param name="MegabytesPerSecond">0 where the step is not about bytes.</param>
/// <param name="Allocated">Bytes a unit, on the thread that runs it.</param>
internal sealed record HotPathFigures(double Nanoseconds, double MegabytesPerSecond, double Allocated)
{
    /// <summary>More than the runtime's tiers need to settle on their code, and enough for a median that a few odd runs do not move.</summary>
    private const int WarmUpRuns = 100;

    public static HotPathFigures Of(HotPathStep step, int runs)
    {
        double[] nanoseconds = new double[runs];
        long[] allocated = new long[runs];
        for (int run = -WarmUpRuns; run < runs; run++)
        {
            int slot = Math.Max(run, 0);
            long before = GC.GetAllocatedBytesForCurrentThread();
            long started = Stopwatch.GetTimestamp();
            step.Run();
            nanoseconds[slot] = Stopwatch.GetElapsedTime(started).TotalNanoseconds;
            allocated[slot] = GC.GetAllocatedBytesForCurrentThread() - before;
            step.Between();
        }

        Array.Sort(nanoseconds);
        Array.Sort(allocated);
        double median = nanoseconds[runs / 2];
        return new HotPathFigures(median / step.Units, step.Bytes * 1000 / median, (double)allocated[runs / 2] / step.Units);
    }

    public bool IsWithin(HotPathStep step) => Allocated <= step.Budget;
}
