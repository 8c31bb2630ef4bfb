namespace AceProxy.EngineSimulator.Playback;

/// <summary>A pause that ends early when something has happened. One waiter at a time; wakes in between are kept.</summary>
internal sealed class WakeableDelay : IDisposable
{
    private readonly SemaphoreSlim _signal = new(0);
    private readonly ITimer _timer;

    public WakeableDelay(TimeProvider time) =>
        _timer = time.CreateTimer(static self => ((WakeableDelay)self!).Wake(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    public void Wake()
    {
        try
        {
            _signal.Release();
        }
        catch (ObjectDisposedException)
        {
            // The reader ended in this moment; there is nobody left to wake.
        }
    }

    public async ValueTask WaitAsync(TimeSpan delay, CancellationToken cancellation)
    {
        if (delay != Timeout.InfiniteTimeSpan)
            _timer.Change(delay, Timeout.InfiniteTimeSpan);
        await _signal.WaitAsync(cancellation);
        // Several wakes are one: whoever waited looks at everything anyway.
        while (_signal.CurrentCount > 0 && _signal.Wait(0, CancellationToken.None))
        {
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        _signal.Dispose();
    }
}
