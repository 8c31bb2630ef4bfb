using System.Globalization;

namespace AceProxy.Benchmarks;

/// <summary>
/// The table that a run prints: what is wanted, what was measured, the ratio of the two where both are numbers, and whether it is reached.
/// </summary>
internal sealed class Report
{
    private readonly List<(string What, string Wanted, string Measured, string Ratio, string Verdict)> _rows = [];

    /// <summary>A figure that no goal is set for, or a person has to judge.</summary>
    public void Add(string what, string wanted, string measured) => Add((what, wanted, measured, "", ""));

    /// <summary>Something that holds or does not.</summary>
    public void Add(string what, string wanted, string measured, bool isReached) => Add((what, wanted, measured, "", Verdict(isReached)));

    /// <param name="most">What is wanted: at most this.</param>
    public void Add(string what, double most, double measured, string unit) => Add(what, "≤", most, measured, unit, measured <= most);

    /// <param name="least">What is wanted: at least this.</param>
    public void AddLeast(string what, double least, double measured, string unit) => Add(what, "≥", least, measured, unit, measured >= least);

    /// <summary>Something that does not depend on the machine, so that the run fails when it is more.</summary>
    public void AddGate(string what, double most, double measured, string unit)
    {
        Add(what, most, measured, unit);
        HasFailed |= !(measured <= most);
    }

    /// <summary>A gate was not passed.</summary>
    public bool HasFailed { get; private set; }

    public void Print()
    {
        Console.WriteLine();
        Console.WriteLine("| what | wanted | measured | measured / wanted | |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach ((string what, string wanted, string measured, string ratio, string verdict) in _rows)
        {
            Console.WriteLine($"| {what} | {wanted} | {measured} | {ratio} | {verdict} |");
        }
    }

    /// <summary>The value below which the given share of the sorted values lies.</summary>
    public static double Percentile(IEnumerable<double> values, double share)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? double.NaN : sorted[Math.Min((int)(sorted.Length * share), sorted.Length - 1)];
    }

    private void Add((string What, string Wanted, string Measured, string Ratio, string Verdict) row)
    {
        _rows.Add(row);
        Console.WriteLine($"  {row.What}: {row.Measured}"); // a run is long, and the table comes at its end
    }

    private static string Verdict(bool isReached) => isReached ? "pass" : "MISS";

    private void Add(string what, string relation, double goal, double measured, string unit, bool isReached) => Add((
        what,
        string.Create(CultureInfo.InvariantCulture, $"{relation} {goal:0.###} {unit.Split(" (")[0]}"),
        string.Create(CultureInfo.InvariantCulture, $"{measured:0.###} {unit}"),
        goal > 0 ? string.Create(CultureInfo.InvariantCulture, $"{measured / goal:0.00}") : "",
        Verdict(isReached)));
}
