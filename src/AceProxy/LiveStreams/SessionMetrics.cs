using System.Diagnostics.Metrics;
using AceProxy.Telemetry;
using AceProxy.Upstream.Sessions;

namespace AceProxy.LiveStreams;

/// <summary>What engines say of the sessions we have on them, summed by engine, as instruments of the meter <c>AceProxy.Sessions</c>.</summary>
internal sealed class SessionMetrics : IStepMetrics
{
    public const string MeterName = "AceProxy.Sessions";

    /// <summary>Engines speak of KB/s and mean 1,024 bytes.</summary>
    private const int Kilobyte = 1024;

    private readonly LiveStreamRegistry _streams;

    public SessionMetrics(LiveStreamRegistry streams, IMeterFactory meters)
    {
        _streams = streams;
        Meter meter = meters.Create(MeterName);
        Sum(meter, "aceproxy.session.peers", "{peer}", "Peers of our sessions.", said => said.Peers);
        Sum(meter, "aceproxy.session.download.speed", "By/s", "What our sessions get from peers.", said => said.SpeedDown * Kilobyte);
        Sum(meter, "aceproxy.session.upload.speed", "By/s", "What our sessions give to peers.", said => said.SpeedUp * Kilobyte);
        Sum(meter, "aceproxy.session.downloaded", "By", "What our present sessions have got from peers.", said => said.Downloaded);
        Sum(meter, "aceproxy.session.live.lag", "s", "How far our sessions play behind the newest there is.", said => said.LiveLast - said.Position);
    }

    private void Sum(Meter meter, string name, string unit, string description, Func<SessionStatistics, long?> figure) =>
        meter.CreateObservableGauge(name, () => Measure(figure), unit, description);

    private IEnumerable<Measurement<long>> Measure(Func<SessionStatistics, long?> figure) =>
        from stream in _streams.All()
        let session = stream.Progress.Session
        let said = session?.Statistics
        where said is not null && !session.Over.IsCancellationRequested
        group figure(said) by session.Engine.Address.Id into ofEngine
        where ofEngine.Any(value => value is not null)
        select new Measurement<long>(ofEngine.Sum() ?? 0, new KeyValuePair<string, object?>("engine", ofEngine.Key));
}
