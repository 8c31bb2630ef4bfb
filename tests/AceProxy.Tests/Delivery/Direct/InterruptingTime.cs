namespace AceProxy.Tests.Delivery.Direct;

/// <summary>A clock that does something, once, when it is asked next: in the midst of what is being tested.</summary>
internal sealed class InterruptingTime : TimeProvider
{
    private Action? _once;

    public Action Once
    {
        set => _once = value;
    }

    public override long GetTimestamp()
    {
        Interlocked.Exchange(ref _once, null)?.Invoke();
        return base.GetTimestamp();
    }
}
