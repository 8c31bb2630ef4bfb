using System.Diagnostics;
using System.Diagnostics.Metrics;
using AceProxy.Content;
using AceProxy.EngineApi;
using AceProxy.Telemetry;

namespace AceProxy.LiveStreams;

/// <summary>What live streams and their clients tell of themselves: the meter, and the source of spans, <c>AceProxy.LiveStreams</c>.</summary>
internal sealed class StreamMetrics : IStepMetrics
{
    public const string MeterName = "AceProxy.LiveStreams";

    private const string Deserted = "deserted";

    private static readonly ActivitySource Spans = new(MeterName);

    private readonly LabelledCounter _ends;
    private readonly Histogram<double> _lag;

    public StreamMetrics(IMeterFactory meters)
    {
        Meter meter = meters.Create(MeterName);
        _ends = new LabelledCounter(
            meter, "aceproxy.stream.ends", "{stream}", "Streams that have ended: deserted by their clients, or by what had failed.",
            "reason", [Deserted, .. EnumNames<EngineFailureKind>.All]);
        Lateness = meter.CreateHistogram(
            "aceproxy.send.lateness", "s", "From a chunk's close until it was passed to every client that keeps up, once a chunk.",
            advice: Buckets.Delays);
        _lag = meter.CreateHistogram(
            "aceproxy.client.lag", "s", "How long what each client is to be sent next has been there, looked at about once a second.",
            advice: Buckets.Delays);
    }

    /// <summary>For <see cref="Buffering.FanOut.Lateness"/>.</summary>
    public Histogram<double> Lateness { get; }

    /// <summary>A span for the opening of a stream, a child of its first client's; the caller is in it no more than before.</summary>
    public static Activity? BeginOpening(ContentKey content)
    {
        Activity? current = Activity.Current;
        Activity? opening = Spans.StartActivity("stream.open");
        opening?.SetTag("aceproxy.content", content.Value);
        Activity.Current = current;
        return opening;
    }

    public void Ended(EngineFailure? failure) => _ends.Add(failure is null ? Deserted : EnumNames<EngineFailureKind>.Of(failure.Kind));

    /// <summary>One client's, now.</summary>
    public void Lags(TimeSpan lag) => _lag.Record(lag.TotalSeconds);
}
