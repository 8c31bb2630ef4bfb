namespace AceProxy.Telemetry;

/// <summary>One metric with one set of labels: a value, or counts by bucket and a sum.</summary>
/// <param name="bounds">Of a histogram's buckets, the last one without; none for a value.</param>
internal sealed class MetricSeries(double[] bounds)
{
    private readonly Lock _gate = new();
    private readonly long[] _counts = bounds.Length > 0 ? new long[bounds.Length + 1] : [];
    private double _value;

    /// <summary>In this collection it has been measured; of those that are measured by being asked, the others are not there any more.</summary>
    public bool IsPresent { get; set; } = true;

    public void Set(double value)
    {
        lock (_gate)
        {
            _value = value;
            IsPresent = true;
        }
    }

    public void Add(double value)
    {
        lock (_gate)
        {
            _value += value;
        }
    }

    public void Observe(double value)
    {
        int bucket = 0;
        while (bucket < bounds.Length && value > bounds[bucket])
        {
            bucket++;
        }

        lock (_gate)
        {
            _value += value;
            _counts[bucket]++;
        }
    }

    /// <summary>What there is at one moment.</summary>
    /// <param name="counts">Of a histogram, each bucket's; as many as there are.</param>
    /// <returns>The value, or the sum of all that a histogram was told.</returns>
    public double Read(Span<long> counts)
    {
        lock (_gate)
        {
            _counts.CopyTo(counts);
            return _value;
        }
    }
}
