using System.Globalization;
using AceProxy.Tests.Gates;

namespace AceProxy.Benchmarks.Micro;

/// <summary>The hot path step by step: time, throughput and allocation. A step that allocates beyond its budget fails the run.</summary>
internal static class MicroScenario
{
    private const int Runs = 1001;

    public static async Task RunAsync(Report report)
    {
        foreach (Func<Func<string, Task<byte[]>>, Task<HotPathStep>> make in HotPath.Steps.Values)
        {
            using HotPathStep step = await make(Clip.MakeAsync);
            var figures = HotPathFigures.Of(step, Runs);
            string throughput = figures.MegabytesPerSecond > 0
                ? string.Create(CultureInfo.InvariantCulture, $", {figures.MegabytesPerSecond:0} MB/s")
                : "";
            report.AddGate(
                string.Create(CultureInfo.InvariantCulture, $"{step.Name}: {figures.Nanoseconds:0.0} ns a {step.Unit}{throughput}; allocated"),
                step.Budget, figures.Allocated, $"bytes a {step.Unit}");
        }
    }
}
