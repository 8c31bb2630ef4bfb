using System.Diagnostics.Metrics;
using System.Text;

namespace AceProxy.Telemetry;

/// <summary>
/// An instrument's name and unit (UCUM) as Prometheus wants them: letters, digits and underscores, the unit in words at the end. See
/// OpenTelemetry's "Prometheus and OpenMetrics compatibility". A counter's <c>_total</c> is no part of it.
/// </summary>
/// <param name="Unit">Empty for mere counts.</param>
internal readonly record struct MetricName(string Text, string Unit)
{
    public static MetricName Of(Instrument instrument, MetricKind kind)
    {
        string name = Tame(instrument.Name);
        string unit = instrument.Unit switch
        {
            null or "" => "",
            "s" => "seconds",
            "By" => "bytes",
            "By/s" => "bytes_per_second",
            "1" => kind == MetricKind.Gauge ? "ratio" : "",
            ['{', ..] => "",
            var other => Tame(other),
        };
        if (kind == MetricKind.Counter && name.EndsWith("_total", StringComparison.Ordinal))
        {
            name = name[..^"_total".Length];
        }

        return new MetricName(unit.Length == 0 || name.EndsWith($"_{unit}", StringComparison.Ordinal) ? name : $"{name}_{unit}", unit);
    }

    /// <summary>Labels and names: what is not allowed in them is an underscore.</summary>
    public static string Tame(string name)
    {
        var tame = new StringBuilder(name.Length);
        foreach (char letter in name)
        {
            tame.Append(char.IsAsciiLetterOrDigit(letter) ? letter : '_');
        }

        return tame.Length > 0 && char.IsAsciiDigit(tame[0]) ? $"_{tame}" : tame.ToString();
    }
}
