using System.Diagnostics.Metrics;
using AceProxy.Splicing;

namespace AceProxy.Upstream;

/// <summary>How streams fare at their engines, as instruments of the meter <c>AceProxy.Upstream</c>. No label names a content.</summary>
internal sealed class UpstreamMetrics
{
    public const string MeterName = "AceProxy.Upstream";

    private readonly Counter<long> _interruptions;
    private readonly Counter<long> _failovers;
    private readonly Counter<long> _resumptions;
    private readonly Histogram<double> _resumptionDuration;
    private readonly Histogram<double> _jumpDistance;

    public UpstreamMetrics(IMeterFactory meters)
    {
        Meter meter = meters.Create(MeterName);
        _interruptions = meter.CreateCounter<long>(
            "aceproxy.upstream.interruptions", "{interruption}", "How often a stream's data broke off, by how its connection ended.");
        _failovers = meter.CreateCounter<long>("aceproxy.upstream.failovers", "{failover}", "How often a stream went on with another engine.");
        _resumptions = meter.CreateCounter<long>(
            "aceproxy.upstream.resumptions", "{resumption}", "How streams went on after reconnections: spliced, or why they jumped.");
        _resumptionDuration = meter.CreateHistogram<double>(
            "aceproxy.upstream.resumption.duration", "s", "From the first packet of a new connection until the stream went on.");
        _jumpDistance = meter.CreateHistogram<double>(
            "aceproxy.upstream.jump.distance", "s", "How much of the stream a jump left out; negative: came again.");
    }

    public void Interrupted(ReadEnd end) => _interruptions.Add(1, new KeyValuePair<string, object?>("end", end.ToString()));

    public void FailedOver() => _failovers.Add(1);

    public void Resumed(Resumed resumed)
    {
        string result = resumed.IsSpliced ? "Spliced" : resumed.Reason.ToString();
        _resumptions.Add(1, new KeyValuePair<string, object?>("result", result));
        _resumptionDuration.Record(resumed.Took.TotalSeconds, new KeyValuePair<string, object?>("result", result));
        if (resumed is { IsSpliced: false, Distance: { } distance })
        {
            _jumpDistance.Record(distance.TotalSeconds);
        }
    }
}
