namespace AceProxy.Engines;

/// <summary>One session's slot on an engine; disposing gives it back, once.</summary>
internal sealed class EngineReservation(Engine engine, EngineSlots slots) : IDisposable
{
    private int _released;
    private volatile string _heir = "";

    public Engine Engine { get; } = engine;

    /// <summary>The worker that takes over what is played in it, and gets it before anybody else when it is given back; empty for none.</summary>
    public string Heir { get => _heir; set => _heir = value; }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _released, 1) == 0)
        {
            slots.Release(Engine, Heir);
        }
    }
}
