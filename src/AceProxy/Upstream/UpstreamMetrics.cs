using System.Diagnostics.Metrics;
using AceProxy.Splicing;
using AceProxy.Telemetry;
using AceProxy.Upstream.Playback;

namespace AceProxy.Upstream;

/// <summary>How streams fare at their engines, as instruments of the meter <c>AceProxy.Upstream</c>. No label names a content.</summary>
internal sealed class UpstreamMetrics : IStepMetrics
{
    public const string MeterName = "AceProxy.Upstream";

    private const string Spliced = "spliced";

    private readonly LabelledCounter _interruptions;
    private readonly Counter<long> _failovers;
    private readonly LabelledCounter _resumptions;
    private readonly Histogram<double> _resumptionDuration;
    private readonly Histogram<double> _jumpDistance;

    public UpstreamMetrics(IMeterFactory meters)
    {
        Meter meter = meters.Create(MeterName);
        _interruptions = new LabelledCounter(
            meter, "aceproxy.upstream.interruptions", "{interruption}", "How often a stream's data broke off, by how its connection ended.",
            "end", EnumNames<ReadEnd>.All);
        _failovers = meter.CreateCounter<long>("aceproxy.upstream.failovers", "{failover}", "How often a stream went on with another engine.");
        _resumptions = new LabelledCounter(
            meter, "aceproxy.upstream.resumptions", "{resumption}", "How streams went on after reconnections: spliced, or why they jumped.",
            "result", [Spliced, .. EnumNames<JumpReason>.All.Except([EnumNames<JumpReason>.Of(JumpReason.None)])]);
        _resumptionDuration = meter.CreateHistogram(
            "aceproxy.upstream.resumption.duration", "s", "From the first packet of a new connection until the stream went on.",
            advice: Buckets.Delays);
        _jumpDistance = meter.CreateHistogram(
            "aceproxy.upstream.jump.distance", "s", "How much of the stream a jump left out, or brought again.", advice: Buckets.Delays);
        _failovers.Add(0);
    }

    public void Interrupted(ReadEnd end) => _interruptions.Add(EnumNames<ReadEnd>.Of(end));

    public void FailedOver() => _failovers.Add(1);

    public void Resumed(Resumed resumed)
    {
        string result = resumed.IsSpliced ? Spliced : EnumNames<JumpReason>.Of(resumed.Reason);
        _resumptions.Add(result);
        _resumptionDuration.Record(resumed.Took.TotalSeconds, new KeyValuePair<string, object?>("result", result));
        if (resumed is { IsSpliced: false, Distance: { } distance })
        {
            _jumpDistance.Record(
                Math.Abs(distance.TotalSeconds), new KeyValuePair<string, object?>("kind", distance < TimeSpan.Zero ? "repeated" : "missing"));
        }
    }
}
