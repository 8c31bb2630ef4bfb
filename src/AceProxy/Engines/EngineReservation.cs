namespace AceProxy.Engines;

/// <summary>One session's slot on an engine; disposing gives it back, once.</summary>
internal sealed class EngineReservation(Engine engine, EngineSlots slots) : IDisposable
{
    private int _released;

    public Engine Engine { get; } = engine;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _released, 1) == 0)
        {
            slots.Release(Engine);
        }
    }
}
