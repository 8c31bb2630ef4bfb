using System.Diagnostics.Metrics;

namespace AceProxy.Telemetry;

/// <summary>The bounds of histograms, in seconds.</summary>
internal static class Buckets
{
    /// <summary>From a millisecond to what players have buffered and beyond: sends, lags and splices.</summary>
    public static readonly InstrumentAdvice<double> Delays = Of(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60);

    /// <summary>From what is warm to the longest that anybody waits for an engine.</summary>
    public static readonly InstrumentAdvice<double> Openings = Of(0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60);

    private static InstrumentAdvice<double> Of(params double[] bounds) => new() { HistogramBucketBoundaries = bounds };
}
