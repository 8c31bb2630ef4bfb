using System.Diagnostics;
using System.Diagnostics.Metrics;
using AceProxy.Telemetry;

namespace AceProxy.EngineApi;

/// <summary>How long it takes to open sessions, phase by phase, and what comes of it: the meter, and the source of spans, <c>AceProxy.EngineApi</c>.</summary>
internal sealed class OpeningMetrics : IStepMetrics
{
    public const string MeterName = "AceProxy.EngineApi";

    private static readonly ActivitySource Spans = new(MeterName);

    private readonly Histogram<double> _duration;
    private readonly LabelledCounter _openings;
    private readonly TimeProvider _time;

    public OpeningMetrics(IMeterFactory meters, TimeProvider time)
    {
        _time = time;
        Meter meter = meters.Create(MeterName);
        _duration = meter.CreateHistogram(
            "aceproxy.session.opening.duration", "s", "How long each phase of opening a session took.", advice: Buckets.Openings);
        _openings = new LabelledCounter(
            meter, "aceproxy.session.openings", "{opening}", "Openings that engines were asked for, by what came of them.",
            "outcome", ["opened", .. EnumNames<EngineFailureKind>.All]);
    }

    /// <summary>A phase begins. It is a span only while a client's start is traced: what a playing stream goes through later is none of it.</summary>
    public OpeningWatch Begin(OpeningPhase phase)
    {
        string name = EnumNames<OpeningPhase>.Of(phase);
        ActivityKind kind = phase == OpeningPhase.Queue ? ActivityKind.Internal : ActivityKind.Client;
        Activity? span = Activity.Current is { IsStopped: false } ? Spans.StartActivity($"open.{name}", kind) : null;
        return new OpeningWatch(
            span, took => _duration.Record(took.TotalSeconds, new KeyValuePair<string, object?>("phase", name)), _time);
    }

    public void Opened(EngineFailure? failure) => _openings.Add(failure is null ? "opened" : EnumNames<EngineFailureKind>.Of(failure.Kind));
}
