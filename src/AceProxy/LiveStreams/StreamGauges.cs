using System.Diagnostics.Metrics;
using AceProxy.Buffering;
using AceProxy.Telemetry;

namespace AceProxy.LiveStreams;

/// <summary>What is read off all live streams when somebody asks; more instruments of the meter <c>AceProxy.LiveStreams</c>.</summary>
internal sealed class StreamGauges : IStepMetrics
{
    private readonly LiveStreamRegistry _streams;

    public StreamGauges(LiveStreamRegistry streams, SlabPool slabs, TelemetryOptions options, IMeterFactory meters)
    {
        _streams = streams;
        Meter meter = meters.Create(StreamMetrics.MeterName);
        meter.CreateObservableGauge("aceproxy.streams", Streams, "{stream}", "Live streams of this worker, by state and role.");
        meter.CreateObservableGauge("aceproxy.clients", () => streams.All().Sum(stream => stream.ClientCount), "{client}", "Clients of this worker.");
        meter.CreateObservableCounter("aceproxy.stream.received", () => streams.Bytes().In, "By", "Read from engines, or as a follower from Redis.");
        meter.CreateObservableCounter("aceproxy.stream.sent", () => streams.Bytes().Out, "By", "Bytes of streams that clients' connections have accepted.");
        meter.CreateObservableGauge(
            "aceproxy.stream.bitrate", () => streams.All().Sum(stream => stream.Ring.Bitrate), "By/s", "Of all streams together, over what their rings hold.");
        meter.CreateObservableGauge("aceproxy.ring.fill", Fill, "s", "What rings hold of their streams: the shortest and the longest.");
        meter.CreateObservableGauge(
            "aceproxy.ring.memory", () => (long)slabs.Rented * slabs.SlabSize, "By", "Memory of all rings, and of what is still on its way to clients.");
        if (options.PerStream)
        {
            AddContents(meter);
        }
    }

    private void AddContents(Meter meter)
    {
        meter.CreateObservableGauge("aceproxy.content.clients", () => Each(stream => stream.ClientCount), "{client}", "The content's clients on this worker.");
        meter.CreateObservableCounter("aceproxy.content.received", () => Each(stream => stream.Progress.Bytes), "By", "What was read of the content since its stream began.");
        meter.CreateObservableCounter("aceproxy.content.sent", () => Each(stream => stream.BytesOut), "By", "What its clients' connections have accepted since then.");
        meter.CreateObservableGauge("aceproxy.content.bitrate", () => Each(stream => stream.Ring.Bitrate), "By/s", "The content's, over what its ring holds.");
        meter.CreateObservableGauge("aceproxy.content.fill", () => Each(stream => stream.Ring.Fill.TotalSeconds), "s", "What the content's ring holds.");
    }

    private IEnumerable<Measurement<int>> Streams()
    {
        IReadOnlyList<LiveStream> all = _streams.All();
        return from state in Enum.GetValues<LiveStreamState>()
               from role in Enum.GetValues<StreamRole>()
               select new Measurement<int>(
                   all.Count(stream => stream.State == state && stream.Role == role),
                   new KeyValuePair<string, object?>("state", EnumNames<LiveStreamState>.Of(state)),
                   new KeyValuePair<string, object?>("role", EnumNames<StreamRole>.Of(role)));
    }

    private IEnumerable<Measurement<double>> Fill()
    {
        double[] fills = [.. _streams.All().Where(stream => stream.Progress.HasData).Select(stream => stream.Ring.Fill.TotalSeconds)];
        return fills.Length == 0 ? [] : [Of("shortest", fills.Min()), Of("longest", fills.Max())];

        static Measurement<double> Of(string which, double fill) => new(fill, new KeyValuePair<string, object?>("ring", which));
    }

    private IEnumerable<Measurement<T>> Each<T>(Func<LiveStream, T> figure)
        where T : struct =>
        _streams.All().DistinctBy(stream => stream.Key)
            .Select(stream => new Measurement<T>(figure(stream), new KeyValuePair<string, object?>("content", stream.Key.Value)));
}
