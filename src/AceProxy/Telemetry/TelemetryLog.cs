namespace AceProxy.Telemetry;

/// <summary>Events 120 to 129.</summary>
internal static partial class TelemetryLog
{
    [LoggerMessage(120, LogLevel.Error, "Some metrics could not be measured")]
    public static partial void NotMeasured(ILogger logger, Exception exception);

    [LoggerMessage(121, LogLevel.Information, "Metrics and traces go to {Endpoint} over OTLP")]
    public static partial void Exporting(ILogger logger, string endpoint);
}
