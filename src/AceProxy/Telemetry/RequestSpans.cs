using System.Diagnostics;
using OpenTelemetry;

namespace AceProxy.Telemetry;

/// <summary>
/// Names the server's spans as OpenTelemetry wants it, by the method, and keeps those out that only look whether the process is there: they are more than all
/// others together.
/// </summary>
internal sealed class RequestSpans : BaseProcessor<Activity>
{
    public override void OnEnd(Activity data)
    {
        if (data.Source.Name != Meters.RequestSpans)
        {
            return;
        }

        if (data.GetTagItem("url.path") is "/healthz" or "/readyz" or "/metrics")
        {
            data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded; // exporters pass over those that are not
        }

        if (data.GetTagItem("http.request.method") is string method)
        {
            data.DisplayName = method;
        }
    }
}
