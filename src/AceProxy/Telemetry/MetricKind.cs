namespace AceProxy.Telemetry;

/// <summary>What a scraper is told that a metric is.</summary>
internal enum MetricKind
{
    Gauge,
    Counter,
    Histogram,
}
