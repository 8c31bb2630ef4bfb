using System.Diagnostics.Metrics;
using AceProxy.Telemetry;

namespace AceProxy.Engines;

/// <summary>How engines are and what they carry, as instruments of the meter <c>AceProxy.Engines</c>.</summary>
internal sealed class EngineMetrics : IStepMetrics
{
    public const string MeterName = "AceProxy.Engines";

    private readonly EnginePool _engines;

    public EngineMetrics(EnginePool engines, IMeterFactory meters)
    {
        _engines = engines;
        Meter meter = meters.Create(MeterName);
        meter.CreateObservableGauge("aceproxy.engines", States, "{engine}", "Engines, by their state.");
        meter.CreateObservableGauge(
            "aceproxy.engine.up", () => Each(engine => engine.Health.TakesSessions ? 1 : 0), null, "Whether the engine takes new sessions: 1, or 0.");
        meter.CreateObservableGauge(
            "aceproxy.engine.sessions", () => Each(engines.SessionsOn), "{session}", "Sessions that this worker has on the engine, or is opening.");
        meter.CreateObservableGauge(
            "aceproxy.engine.sessions.limit", () => engines.MaxStreams, "{session}", "Sessions that an engine may have at once, of all workers together.");
        meter.CreateObservableGauge("aceproxy.engine.queue", () => engines.Waiting, "{stream}", "Streams that wait for an engine's free slot.");
    }

    private IEnumerable<Measurement<int>> States()
    {
        ILookup<EngineState, Engine> byState = _engines.Engines.ToLookup(engine => engine.Health.State);
        return Enum.GetValues<EngineState>().Select(state => new Measurement<int>(
            byState[state].Count(), new KeyValuePair<string, object?>("state", EnumNames<EngineState>.Of(state))));
    }

    private IEnumerable<Measurement<int>> Each(Func<Engine, int> figure) => _engines.Engines.Select(engine =>
        new Measurement<int>(figure(engine), new KeyValuePair<string, object?>("engine", engine.Address.Id)));
}
