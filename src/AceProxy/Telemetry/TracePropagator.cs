using System.Diagnostics;

namespace AceProxy.Telemetry;

/// <summary>
/// Passes the trace of a request on to engines and workers as W3C trace context. Not one that nobody keeps and nobody asked for, nor that of
/// a request that is over: what is asked for a stream hours later is no part of its first client's trace.
/// </summary>
internal sealed class TracePropagator : DistributedContextPropagator
{
    /// <summary>The HTTP client makes a span of its own for every call, which nobody exports: its parent is the one to name.</summary>
    private const string ClientSpan = "System.Net.Http.HttpRequestOut";

    private static readonly DistributedContextPropagator W3C = CreateW3CPropagator();

    public static TracePropagator Instance { get; } = new();

    public override IReadOnlyCollection<string> Fields => W3C.Fields;

    public override void Inject(Activity? activity, object? carrier, PropagatorSetterCallback? setter)
    {
        Activity? ours = activity?.OperationName == ClientSpan ? activity.Parent : activity;
        if (ours is { IsStopped: false } && (ours.Recorded || IsFromOutside(ours)))
        {
            W3C.Inject(ours, carrier, setter);
        }
    }

    public override void ExtractTraceIdAndState(
        object? carrier, PropagatorGetterCallback? getter, out string? traceId, out string? traceState) =>
        W3C.ExtractTraceIdAndState(carrier, getter, out traceId, out traceState);

    public override IEnumerable<KeyValuePair<string, string?>>? ExtractBaggage(object? carrier, PropagatorGetterCallback? getter) =>
        W3C.ExtractBaggage(carrier, getter);

    private static bool IsFromOutside(Activity activity)
    {
        while (activity.Parent is { } parent)
        {
            activity = parent;
        }

        return activity.ParentId is not null;
    }
}
