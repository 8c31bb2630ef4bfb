using System.Diagnostics.Metrics;
using AceProxy.Telemetry;

namespace AceProxy.Gateway;

/// <summary>Where players were sent, as instruments of the meter <c>AceProxy.Gateway</c>. No label names a worker: their names change.</summary>
internal sealed class GatewayMetrics : IStepMetrics
{
    public const string MeterName = "AceProxy.Gateway";

    private const string Content = "content";
    private const string Load = "load";
    private const string Answered = "answered";
    private const string Refused = "refused";

    private readonly LabelledCounter _placements;
    private readonly LabelledCounter _unanswered;

    public GatewayMetrics(WorkerRoster roster, IMeterFactory meters)
    {
        Meter meter = meters.Create(MeterName);
        _placements = new LabelledCounter(
            meter, "aceproxy.gateway.placements", "{request}", "Requests that a worker was chosen for, by content or by load; a second choice for one counts too.",
            "by", [Content, Load]);
        _unanswered = new LabelledCounter(
            meter, "aceproxy.gateway.unanswered", "{request}", "Requests whose worker gave no answer, or that had none: answered by another, or refused.",
            "result", [Answered, Refused]);
        meter.CreateObservableGauge("aceproxy.gateway.workers", () => roster.Workers.Count, "{worker}", "Workers that take players.");
    }

    /// <summary>The step behind the choice of a worker; where there is only one, nothing else hears of it.</summary>
    public Task CountPlacementAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetReverseProxyFeature().AvailableDestinations.Count > 0)
        {
            _placements.Add(SelectorGate.KeyOf(context) is null ? Load : Content);
        }

        return next(context);
    }

    public void Failed(bool isAnsweredByAnother) => _unanswered.Add(isAnsweredByAnother ? Answered : Refused);
}
