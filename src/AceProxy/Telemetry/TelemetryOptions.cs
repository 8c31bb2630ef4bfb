using AceProxy.Settings;

namespace AceProxy.Telemetry;

/// <summary>What is measured beyond the usual, and where to it is sent.</summary>
internal sealed record TelemetryOptions
{
    /// <summary>Each content is a label of its own.</summary>
    public required bool PerStream { get; init; }

    /// <summary>Metrics and traces are sent to a collector there; which variables say how is OpenTelemetry's matter.</summary>
    public required bool IsExported { get; init; }

    public static TelemetryOptions Read(SettingsReader settings)
    {
        bool perStream = settings.Switch(
            "METRICS_PER_STREAM", false, "metrics by content as well; every content ever watched is a new label for whoever stores them");
        string endpoint = settings.Text(
            "OTEL_EXPORTER_OTLP_ENDPOINT", "", "URL", "where metrics and traces are sent over OTLP; the other OTEL_ variables hold too");
        bool isUrl = Uri.TryCreate(endpoint, UriKind.Absolute, out Uri? url) && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps);
        if (endpoint.Length > 0 && !isUrl)
        {
            settings.Problem("OTEL_EXPORTER_OTLP_ENDPOINT", $"'{endpoint}' is not a URL such as http://10.0.0.9:4317");
        }

        return new TelemetryOptions { PerStream = perStream, IsExported = isUrl };
    }
}
