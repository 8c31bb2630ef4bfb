using System.Diagnostics.Metrics;
using AceProxy.Access.Limits;

namespace AceProxy.Access;

/// <summary>Who was turned away, as instruments of the meter <c>AceProxy.Access</c>. No label names a content, an address or a token.</summary>
internal sealed class AccessMetrics
{
    public const string MeterName = "AceProxy.Access";

    private readonly Counter<long> _refusals;
    private readonly Counter<long> _limits;

    public AccessMetrics(IMeterFactory meters)
    {
        Meter meter = meters.Create(MeterName);
        _refusals = meter.CreateCounter<long>(
            "aceproxy.access.refusals", "{request}", "Requests that were refused for want of a key or token, by what was wrong.");
        _limits = meter.CreateCounter<long>("aceproxy.limit.refusals", "{request}", "Requests that were refused because of a limit, by the limit's setting.");
    }

    public void Refused(RefusalReason reason) => _refusals.Add(1, new KeyValuePair<string, object?>("reason", reason.ToString()));

    public void Refused(Limit limit) => _limits.Add(1, new KeyValuePair<string, object?>("limit", limit.Setting()));
}
