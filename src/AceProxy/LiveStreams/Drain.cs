using AceProxy.Events;

namespace AceProxy.LiveStreams;

/// <summary>
/// Whether this worker is to be left: it still plays what it plays, load balancers should send it nobody else, and others take its streams over.
/// An operator's drain can be taken back, that of a worker that is about to end cannot.
/// </summary>
internal sealed class Drain(EventLog events)
{
    private readonly Lock _gate = new();
    private volatile TaskCompletionSource _begun = NewSignal();
    private bool _isFinal;

    public bool IsDraining => _begun.Task.IsCompleted;

    /// <summary>Completes when it begins; never faults. Another one after it was taken back.</summary>
    public Task Begun => _begun.Task;

    /// <summary>An operator wants it empty. Harmless if it had begun already.</summary>
    public void Begin()
    {
        lock (_gate)
        {
            Begin("an operator");
        }
    }

    /// <summary>The worker is about to end. False if it was told so before.</summary>
    public bool BeginToEnd()
    {
        lock (_gate)
        {
            if (_isFinal)
            {
                return false;
            }

            _isFinal = true;
            Begin("the worker is about to end");
            return true;
        }
    }

    /// <summary>An operator wants it used again. False if the worker is about to end.</summary>
    public bool TryTakeBack()
    {
        lock (_gate)
        {
            if (IsDraining && !_isFinal)
            {
                _begun = NewSignal();
                events.Record(new ProxyEvent(EventKind.WorkerUndrained));
            }

            return !_isFinal;
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Begin(string reason)
    {
        if (_begun.TrySetResult())
        {
            events.Record(new ProxyEvent(EventKind.WorkerDraining) { Reason = reason });
        }
    }
}
