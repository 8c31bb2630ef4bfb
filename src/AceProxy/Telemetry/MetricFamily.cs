using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace AceProxy.Telemetry;

/// <summary>An instrument, and what it has measured for each set of labels.</summary>
internal sealed class MetricFamily
{
    /// <summary>Beyond so many sets of labels the rest is told as one; no instrument of ours comes near it.</summary>
    private const int MostSeries = 1000;

    private static readonly KeyValuePair<string, object?>[] Overflow = [new("otel_metric_overflow", "true")];

    /// <summary>OpenTelemetry's, for a histogram that does not say what it wants.</summary>
    private static readonly double[] DefaultBounds = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000];

    private readonly ConcurrentDictionary<string, MetricSeries> _series = [];
    private readonly ConcurrentDictionary<string, MetricSeries>.AlternateLookup<ReadOnlySpan<char>> _byLabels;
    private readonly bool _isAsked;
    private readonly bool _isSum;
    private MetricSeries? _unlabelled;

    public MetricFamily(Instrument instrument)
    {
        Type type = instrument.GetType().GetGenericTypeDefinition();
        _isAsked = instrument.IsObservable;
        _isSum = type == typeof(Counter<>) || type == typeof(UpDownCounter<>);
        Kind = type == typeof(Counter<>) || type == typeof(ObservableCounter<>) ? MetricKind.Counter
            : type == typeof(Histogram<>) ? MetricKind.Histogram
            : MetricKind.Gauge;
        Name = MetricName.Of(instrument, Kind);
        Description = string.IsNullOrEmpty(instrument.Description) ? instrument.Name : instrument.Description;
        Bounds = Kind == MetricKind.Histogram ? (instrument as Histogram<double>)?.Advice?.HistogramBucketBoundaries?.ToArray() ?? DefaultBounds : [];
        _byLabels = _series.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public MetricKind Kind { get; }

    public MetricName Name { get; }

    public string Description { get; }

    /// <summary>The upper bounds of a histogram's buckets but the last.</summary>
    public double[] Bounds { get; }

    /// <summary>Those that are there, by their labels, in their order.</summary>
    public IEnumerable<KeyValuePair<string, MetricSeries>> Series =>
        _series.Where(series => series.Value.IsPresent).OrderBy(series => series.Key, StringComparer.Ordinal);

    /// <summary>The instrument is about to be asked anew.</summary>
    public void BeginCollection()
    {
        if (!_isAsked)
        {
            return;
        }

        foreach ((string labels, MetricSeries series) in _series)
        {
            if (!series.IsPresent)
            {
                _series.TryRemove(labels, out _); // it was not there the last time either
                _unlabelled = null;
            }

            series.IsPresent = false;
        }
    }

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        MetricSeries series = tags.IsEmpty ? _unlabelled ??= SeriesOf(tags) : SeriesOf(tags);
        if (Kind == MetricKind.Histogram)
        {
            series.Observe(value);
        }
        else if (_isSum)
        {
            series.Add(value);
        }
        else
        {
            series.Set(value);
        }
    }

    private MetricSeries SeriesOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        ReadOnlySpan<char> labels = MetricLabels.Of(tags);
        if (_byLabels.TryGetValue(labels, out MetricSeries? series))
        {
            return series;
        }

        if (_series.Count >= MostSeries)
        {
            labels = MetricLabels.Of(Overflow);
        }

        return _series.GetOrAdd(labels.ToString(), _ => new MetricSeries(Bounds));
    }
}
