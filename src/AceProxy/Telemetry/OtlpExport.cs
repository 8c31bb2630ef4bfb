using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace AceProxy.Telemetry;

/// <summary>
/// Sends metrics and traces over OTLP, as OpenTelemetry's own variables say (<c>OTEL_EXPORTER_OTLP_PROTOCOL</c>, <c>OTEL_SERVICE_NAME</c>,
/// <c>OTEL_TRACES_SAMPLER</c> and the like). Only made when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set.
/// </summary>
internal sealed class OtlpExport(IConfiguration configuration, ILogger<OtlpExport> logger) : IHostedService, IDisposable
{
    /// <summary>For what is left at the end: a collector that does not answer must not hold up the end of the process.</summary>
    private const int FlushMilliseconds = 1000;

    private const string ServiceName = "aceproxy";

    private MeterProvider? _metrics;
    private TracerProvider? _traces;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (IsWanted("METRICS"))
        {
            _metrics = Sdk.CreateMeterProviderBuilder()
                .ConfigureServices(services => services.AddSingleton(configuration))
                .SetResourceBuilder(Resource())
                .AddMeter([$"{Meters.Own}*", Meters.Runtime, .. Meters.Server])
                .AddOtlpExporter()
                .Build();
        }

        if (IsWanted("TRACES"))
        {
            _traces = Sdk.CreateTracerProviderBuilder()
                .ConfigureServices(services => services.AddSingleton(configuration))
                .SetResourceBuilder(Resource())
                .AddSource($"{Meters.Own}*", Meters.RequestSpans)
                .AddProcessor(new RequestSpans())
                .AddOtlpExporter()
                .Build();
        }

        TelemetryLog.Exporting(logger, new Uri(configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]!).Authority); // no more of it: it may hold a secret
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.WhenAll(
        Task.Run(() => _traces?.Shutdown(FlushMilliseconds), CancellationToken.None),
        Task.Run(() => _metrics?.Shutdown(FlushMilliseconds), CancellationToken.None));

    public void Dispose()
    {
        _traces?.Dispose();
        _metrics?.Dispose();
    }

    /// <summary>The environment, coming last, has precedence.</summary>
    private static ResourceBuilder Resource() => ResourceBuilder.CreateEmpty()
        .AddService(ServiceName, serviceVersion: typeof(OtlpExport).Assembly.GetName().Version?.ToString(3))
        .AddTelemetrySdk()
        .AddEnvironmentVariableDetector();

    private bool IsWanted(string signal) =>
        !string.Equals(configuration[$"OTEL_{signal}_EXPORTER"]?.Trim(), "none", StringComparison.OrdinalIgnoreCase);
}
