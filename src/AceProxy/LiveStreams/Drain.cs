namespace AceProxy.LiveStreams;

/// <summary>Whether this worker is about to end: it still plays what it plays, and load balancers should send it nobody else.</summary>
internal sealed class Drain
{
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsDraining => _begun.Task.IsCompleted;

    /// <summary>Completes when it begins; never faults.</summary>
    public Task Begun => _begun.Task;

    /// <summary>False if it had begun already.</summary>
    public bool Begin() => _begun.TrySetResult();
}
