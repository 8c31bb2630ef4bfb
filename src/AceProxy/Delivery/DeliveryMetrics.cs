using System.Diagnostics;
using System.Diagnostics.Metrics;
using AceProxy.EngineApi;
using AceProxy.LiveStreams;
using AceProxy.Telemetry;

namespace AceProxy.Delivery;

/// <summary>How clients come and go: the meter, and the source of spans, <c>AceProxy.Delivery</c>.</summary>
internal sealed class DeliveryMetrics : IStepMetrics
{
    public const string MeterName = "AceProxy.Delivery";

    private static readonly ActivitySource Spans = new(MeterName);

    private readonly LabelledCounter _joins;
    private readonly Histogram<double> _joinDuration;
    private readonly Counter<long> _jumps;
    private readonly LabelledCounter _ends;
    private readonly TimeProvider _time;

    public DeliveryMetrics(IMeterFactory meters, TimeProvider time)
    {
        _time = time;
        Meter meter = meters.Create(MeterName);
        _joins = new LabelledCounter(
            meter, "aceproxy.client.joins", "{request}", "Requests to play, by what came of them: playing, malformed, limited, left before the first data, or what failed.",
            "outcome", [Join.Playing, Join.Left, Join.Malformed, Join.Limited, Join.Closed, .. EnumNames<EngineFailureKind>.All]);
        _joinDuration = meter.CreateHistogram(
            "aceproxy.client.join.duration", "s", "From a request to its first data, of a stream that was open (warm) or had to be opened (cold).",
            advice: Buckets.Openings);
        _jumps = meter.CreateCounter<long>("aceproxy.client.jumps", "{jump}", "How often a slow client was lapped and went on further ahead.");
        _ends = new LabelledCounter(
            meter, "aceproxy.client.ends", "{client}", "Clients that have gone, by why; stalled and expired were thrown out.",
            "reason", EnumNames<EndReason>.All);
        _jumps.Add(0);
    }

    /// <summary>A request to play has come; dispose when it has been answered.</summary>
    public Join Begin() => new(Spans.StartActivity("client.join"), this, _time);

    public void Joined(string outcome) => _joins.Add(outcome);

    public void TookToJoin(TimeSpan time, bool isWarm) =>
        _joinDuration.Record(time.TotalSeconds, new KeyValuePair<string, object?>("stream", isWarm ? "warm" : "cold"));

    public void Jumped() => _jumps.Add(1);

    public void Left(EndReason reason) => _ends.Add(EnumNames<EndReason>.Of(reason));
}
