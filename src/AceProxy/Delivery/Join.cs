using System.Diagnostics;
using AceProxy.EngineApi;
using AceProxy.LiveStreams;
using AceProxy.Telemetry;

namespace AceProxy.Delivery;

/// <summary>A client's start, from its request to its first data: counted once by what came of it, timed, and one span.</summary>
internal sealed class Join(Activity? span, DeliveryMetrics metrics, TimeProvider time) : IDisposable
{
    public const string Playing = "playing";
    public const string Left = "left";

    /// <summary>It did not get so far.</summary>
    public const string Malformed = "malformed";

    /// <summary>A limit was in the way.</summary>
    public const string Limited = "limited";

    /// <summary>The stream was ended before it had any data, without a failure.</summary>
    public const string Closed = "closed";

    private readonly long _startedAt = time.GetTimestamp();
    private bool _isWarm;
    private bool _isOver;

    /// <summary>It waits for this stream; an opening that another began is linked to.</summary>
    public void WaitsFor(LiveStream stream)
    {
        _isWarm = stream.Progress.HasData;
        span?.SetTag("aceproxy.content", stream.Key.Value).SetTag("aceproxy.stream.warm", _isWarm);
        if (!_isWarm && stream.Opening is { Parent: var parent, Span: var opening } && parent != span?.SpanId)
        {
            span?.AddLink(new ActivityLink(opening));
        }
    }

    public void Plays()
    {
        if (!_isOver)
        {
            metrics.TookToJoin(time.GetElapsedTime(_startedAt), _isWarm);
            End(Playing);
        }
    }

    /// <param name="failure">Null when the stream ended without one: then somebody else closed it.</param>
    public void Fails(EngineFailure? failure)
    {
        span?.SetStatus(ActivityStatusCode.Error, failure?.Message);
        End(failure is null ? Closed : EnumNames<EngineFailureKind>.Of(failure.Kind));
    }

    public void IsBeyondLimit() => End(Limited);

    public void Dispose() => End(Left);

    private void End(string outcome)
    {
        if (!_isOver)
        {
            _isOver = true;
            metrics.Joined(outcome);
            span?.SetTag("aceproxy.outcome", outcome);
            span?.Stop();
        }
    }
}
