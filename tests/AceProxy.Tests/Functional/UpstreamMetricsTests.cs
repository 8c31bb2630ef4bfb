using System.Diagnostics.Metrics;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.LiveStreams;
using AceProxy.Upstream;
using Microsoft.Extensions.DependencyInjection;

namespace AceProxy.Tests.Functional;

/// <summary>The instruments of reading engines, as whoever listens to the meters sees them.</summary>
public sealed class UpstreamMetricsTests
{
    [Fact]
    public async Task Play_ConnectionCutInMidPlay_IsTold()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped(1));
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine, ("ENGINE_STAT_INTERVAL", "0.5"), ("UPSTREAM_RETRY_DELAY", "0.01"));
        object scope = proxy.Services.GetRequiredService<IMeterFactory>();
        var told = new Dictionary<string, double>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listening) =>
            {
                if (instrument.Meter.Scope == scope && instrument.Meter.Name is UpstreamMetrics.MeterName or SessionMetrics.MeterName)
                {
                    listening.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, labels, _) => Note(instrument, value, labels));
        listener.SetMeasurementEventCallback<double>((instrument, value, labels, _) => Note(instrument, value, labels));
        listener.Start();

        using Viewer viewer = await Viewer.JoinAsync(proxy, $"infohash={content.Infohash}");
        content.Fault(StreamFault.Eof);
        await SafetyNet.EventuallyAsync(
            () =>
            {
                listener.RecordObservableInstruments();
                lock (told)
                {
                    return told.ContainsKey("aceproxy.upstream.resumptions result=spliced")
                        && told.GetValueOrDefault($"aceproxy.session.peers engine={engine.EndPoint}") > 0;
                }
            },
            () => string.Join("; ", told.Keys));

        lock (told)
        {
            Assert.Equal(1, told["aceproxy.upstream.interruptions end=end_of_body"]);
            Assert.True(told["aceproxy.upstream.resumption.duration result=spliced"] >= 0);
            Assert.DoesNotContain(told.Keys, key => key.Contains(content.Infohash, StringComparison.OrdinalIgnoreCase));
        }

        void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> labels)
        {
            string key = $"{instrument.Name} {string.Join(",", labels.ToArray().Select(label => $"{label.Key}={label.Value}"))}";
            lock (told)
            {
                told[key] = value;
            }
        }
    }
}
