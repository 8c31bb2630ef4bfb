using System.Globalization;

namespace AceProxy.Benchmarks;

/// <summary>The table that a run prints: what was measured, what is wanted, and the ratio of the two where both are numbers.</summary>
internal sealed class Report
{
    private readonly List<(string What, string Wanted, string Measured, string Ratio)> _rows = [];

    public void Add(string what, string wanted, string measured) => _rows.Add((what, wanted, measured, ""));

    /// <param name="most">What is wanted: at most this.</param>
    public void Add(string what, double most, double measured, string unit) => _rows.Add((
        what,
        string.Create(CultureInfo.InvariantCulture, $"≤ {most:0.###} {unit}"),
        string.Create(CultureInfo.InvariantCulture, $"{measured:0.###} {unit}"),
        most > 0 ? string.Create(CultureInfo.InvariantCulture, $"{measured / most:0.00}") : ""));

    public void Print()
    {
        Console.WriteLine();
        Console.WriteLine("| what | wanted | measured | measured / wanted |");
        Console.WriteLine("|---|---|---|---|");
        foreach ((string what, string wanted, string measured, string ratio) in _rows)
        {
            Console.WriteLine($"| {what} | {wanted} | {measured} | {ratio} |");
        }
    }

    /// <summary>The value below which the given share of the sorted values lies.</summary>
    public static double Percentile(IEnumerable<double> values, double share)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? double.NaN : sorted[Math.Min((int)(sorted.Length * share), sorted.Length - 1)];
    }
}
