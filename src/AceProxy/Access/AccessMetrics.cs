using System.Diagnostics.Metrics;
using AceProxy.Access.Limits;
using AceProxy.Telemetry;

namespace AceProxy.Access;

/// <summary>Who was turned away, as instruments of the meter <c>AceProxy.Access</c>. No label names a content, an address or a token.</summary>
internal sealed class AccessMetrics : IStepMetrics
{
    public const string MeterName = "AceProxy.Access";

    private readonly LabelledCounter _refusals;
    private readonly LabelledCounter _limits;

    public AccessMetrics(IMeterFactory meters)
    {
        Meter meter = meters.Create(MeterName);
        _refusals = new LabelledCounter(
            meter, "aceproxy.access.refusals", "{request}", "Requests that were refused for want of a key or token, by what was wrong.",
            "reason", EnumNames<RefusalReason>.All);
        _limits = new LabelledCounter(
            meter, "aceproxy.limit.refusals", "{request}", "Requests that were refused, or whose answer was cut, because of a limit, by the limit's setting.",
            "limit", Enum.GetValues<Limit>().Select(limit => limit.Setting()));
    }

    public void Refused(RefusalReason reason) => _refusals.Add(EnumNames<RefusalReason>.Of(reason));

    public void Refused(Limit limit) => _limits.Add(limit.Setting());
}
