using System.Buffers;
using System.Diagnostics.Metrics;

namespace AceProxy.Telemetry;

/// <summary>
/// Listens to the meters of this program, of the server and of the runtime, and tells what they have measured. Counters and histograms are
/// added up as they are told, which happens a few times a second; everything else is asked when somebody collects.
/// </summary>
internal sealed class MetricsCollector : IDisposable
{
    /// <summary>Of the runtime's instruments those that tell an operator something; the names of others would not pass for good ones either.</summary>
    private static readonly HashSet<string> OfTheRuntime =
    [
        "dotnet.process.cpu.time", "dotnet.process.memory.working_set", "dotnet.gc.collections", "dotnet.gc.heap.total_allocated",
        "dotnet.gc.pause.time", "dotnet.thread_pool.queue.length", "dotnet.monitor.lock_contentions", "dotnet.exceptions",
    ];

    private readonly SortedDictionary<string, MetricFamily> _families = new(StringComparer.Ordinal);
    private readonly Lock _collecting = new();
    private readonly MeterListener _listener;
    private readonly ILogger _logger;

    /// <param name="meters">Of several programs in one process only the instruments of this one are listened to.</param>
    public MetricsCollector(IMeterFactory meters, ILogger<MetricsCollector> logger)
    {
        _logger = logger;
        _listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (IsWanted(instrument, meters))
                {
                    listener.EnableMeasurementEvents(instrument, FamilyOf(instrument));
                }
            },
        };
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        _listener.Start();
    }

    /// <summary>Writes all there is, at this moment.</summary>
    public void Collect(IBufferWriter<byte> output, bool isOpenMetrics)
    {
        lock (_collecting)
        {
            MetricFamily[] families;
            lock (_families)
            {
                families = [.. _families.Values];
            }

            foreach (MetricFamily family in families)
            {
                family.BeginCollection();
            }

            try
            {
                _listener.RecordObservableInstruments();
            }
            catch (AggregateException exception)
            {
                TelemetryLog.NotMeasured(_logger, exception);
            }

            var writer = new ExpositionWriter(output, isOpenMetrics);
            foreach (MetricFamily family in families)
            {
                writer.Write(family);
            }

            writer.End();
        }
    }

    public void Dispose() => _listener.Dispose();

    private static bool IsWanted(Instrument instrument, IMeterFactory meters)
    {
        string meter = instrument.Meter.Name;
        return meter == Meters.Runtime
            ? OfTheRuntime.Contains(instrument.Name)
            : instrument.Meter.Scope == meters && (Meters.Server.Contains(meter) || meter.StartsWith(Meters.Own, StringComparison.Ordinal));
    }

    private MetricFamily FamilyOf(Instrument instrument)
    {
        var family = new MetricFamily(instrument);
        lock (_families)
        {
            // An instrument that was made twice is one metric.
            return _families.TryAdd(family.Name.Text, family) ? family : _families[family.Name.Text];
        }
    }
}
