namespace AceProxy.EngineSimulator.Observation;

/// <summary>Tells everybody who waits that something has changed; what changed, they look up themselves.</summary>
internal sealed class ChangeSignal
{
    private TaskCompletionSource _next = Fresh();
    private int _waiters;

    public void Raise()
    {
        // Nearly free while nobody waits, so that writes of a stream may raise it too. A waiter counts itself in before
        // it looks at the state, and state is changed before this is called: one of the two always sees the other.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _waiters) > 0)
            Interlocked.Exchange(ref _next, Fresh()).TrySetResult();
    }

    /// <summary>Returns once the condition holds; it is looked at now and after each change.</summary>
    /// <param name="timeout">Real time, whatever clock the simulation runs on.</param>
    /// <exception cref="TimeoutException">The condition did not come to hold in time.</exception>
    public async Task WaitUntilAsync(Func<bool> condition, TimeSpan timeout, CancellationToken cancellation)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        if (timeout != Timeout.InfiniteTimeSpan)
            deadline.CancelAfter(timeout);
        Interlocked.Increment(ref _waiters);
        try
        {
            while (true)
            {
                var next = Volatile.Read(ref _next).Task;
                if (condition())
                    return;
                await next.WaitAsync(deadline.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"The condition did not come to hold within {timeout.TotalSeconds:0.###} s.");
        }
        finally
        {
            Interlocked.Decrement(ref _waiters);
        }
    }

    private static TaskCompletionSource Fresh() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
