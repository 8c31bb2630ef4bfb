using System.Buffers;
using System.Globalization;
using System.Text;

namespace AceProxy.Telemetry;

/// <summary>
/// Writes metrics as Prometheus's text format 0.0.4 or as OpenMetrics 1.0. They differ in the order of what is said about a metric, in the
/// name of a counter, in units, in what is escaped, and in that OpenMetrics has an end.
/// </summary>
internal readonly struct ExpositionWriter(IBufferWriter<byte> output, bool isOpenMetrics)
{
    public void Write(MetricFamily family)
    {
        bool isCounter = family.Kind == MetricKind.Counter;
        string sample = isCounter ? $"{family.Name.Text}_total" : family.Name.Text;
        string name = isOpenMetrics ? family.Name.Text : sample;
        string kind = family.Kind switch
        {
            MetricKind.Counter => "counter",
            MetricKind.Histogram => "histogram",
            _ => "gauge",
        };
        string help = family.Description.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        if (isOpenMetrics)
        {
            Line($"# TYPE {name} {kind}");
            if (family.Name.Unit.Length > 0)
            {
                Line($"# UNIT {name} {family.Name.Unit}");
            }

            Line($"# HELP {name} {help.Replace("\"", "\\\"", StringComparison.Ordinal)}");
        }
        else
        {
            Line($"# HELP {name} {help}");
            Line($"# TYPE {name} {kind}");
        }

        foreach ((string labels, MetricSeries series) in family.Series)
        {
            if (family.Kind == MetricKind.Histogram)
            {
                WriteHistogram(family, labels, series);
            }
            else
            {
                Line(labels.Length == 0 ? $"{sample} {Number(series.Read([]))}" : $"{sample}{{{labels}}} {Number(series.Read([]))}");
            }
        }
    }

    public void End()
    {
        if (isOpenMetrics)
        {
            Line("# EOF");
        }
    }

    private void WriteHistogram(MetricFamily family, string labels, MetricSeries series)
    {
        long[] counts = new long[family.Bounds.Length + 1];
        double sum = series.Read(counts);
        string before = labels.Length == 0 ? "" : $"{labels},";
        long cumulated = 0;
        for (int bucket = 0; bucket < counts.Length; bucket++)
        {
            cumulated += counts[bucket];
            string bound = bucket < family.Bounds.Length ? Bound(family.Bounds[bucket]) : "+Inf";
            Line($"{family.Name.Text}_bucket{{{before}le=\"{bound}\"}} {cumulated}");
        }

        string after = labels.Length == 0 ? "" : $"{{{labels}}}";
        Line($"{family.Name.Text}_sum{after} {Number(sum)}");
        Line($"{family.Name.Text}_count{after} {cumulated}");
    }

    private void Line(string text)
    {
        Encoding.UTF8.GetBytes(text, output);
        output.Write("\n"u8);
    }

    /// <summary>OpenMetrics wants a point in a bound; in both formats, so that series are the same whatever was negotiated.</summary>
    private static string Bound(double bound)
    {
        string text = Number(bound);
        return text.AsSpan().IndexOfAnyExceptInRange('0', '9') < 0 ? $"{text}.0" : text;
    }

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        double.NaN => "NaN",
        _ => value.ToString(Math.Abs(value) < 1L << 53 && value == Math.Truncate(value) ? "F0" : "R", CultureInfo.InvariantCulture),
    };
}
