using System.Diagnostics;
using AceProxy.Telemetry;

namespace AceProxy.EngineApi;

/// <summary>One phase under way: measured when it is done, and a span of the trace of the client it is gone through for.</summary>
/// <param name="span">Null where nobody traces.</param>
/// <param name="measured">Told the phase's seconds.</param>
internal sealed class OpeningWatch(Activity? span, Action<TimeSpan> measured, TimeProvider time) : IDisposable
{
    private readonly long _startedAt = time.GetTimestamp();
    private bool _isDone;

    public OpeningWatch On(string engine)
    {
        span?.SetTag("aceproxy.engine", engine);
        return this;
    }

    /// <summary>It has come to its end.</summary>
    /// <param name="failure">Why it was in vain; null: it was not.</param>
    public void Done(EngineFailure? failure)
    {
        if (_isDone)
        {
            return;
        }

        _isDone = true;
        measured(time.GetElapsedTime(_startedAt));
        if (failure is not null)
        {
            span?.SetTag("error.type", EnumNames<EngineFailureKind>.Of(failure.Kind));
            span?.SetStatus(ActivityStatusCode.Error, failure.Message);
        }

        span?.Stop();
    }

    /// <summary>Without an end it was given up, and its time says nothing.</summary>
    public void Dispose()
    {
        if (!_isDone)
        {
            _isDone = true;
            span?.SetTag("error.type", "abandoned");
            span?.Stop();
        }
    }
}
