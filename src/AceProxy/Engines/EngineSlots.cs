namespace AceProxy.Engines;

/// <summary>
/// Counts the sessions that are held or being opened on each engine. Where several workers share engines, the ledger knows what the others
/// have, and all of them together keep to the limit.
/// </summary>
internal sealed class EngineSlots
{
    private readonly EngineOptions _options;
    private readonly ISlotLedger _ledger;
    private readonly Lock _gate = new();
    private readonly Dictionary<Engine, int> _taken = [];

    public EngineSlots(EngineOptions options, ISlotLedger ledger)
    {
        (_options, _ledger) = (options, ledger);
        ledger.Freed += () => Freed?.Invoke();
    }

    /// <summary>Raised when a slot has become free, here or elsewhere.</summary>
    public event Action? Freed;

    /// <summary>See <see cref="ISlotLedger.HearsOthers"/>.</summary>
    public bool HearsOthers(Engine engine) => _ledger.HearsOthers(engine);

    /// <summary>By this worker.</summary>
    public int Taken(Engine engine)
    {
        lock (_gate)
        {
            return _taken.GetValueOrDefault(engine);
        }
    }

    /// <summary>By all workers, as far as is known.</summary>
    public int TakenAnywhere(Engine engine) => Taken(engine) + _ledger.Elsewhere(engine);

    /// <summary>Takes one slot, unless the engine has <see cref="EngineOptions.MaxStreams"/> already.</summary>
    /// <param name="predecessor">See <see cref="ISlotLedger.TryTakeAsync"/>.</param>
    public async ValueTask<bool> TryTakeAsync(Engine engine, string predecessor = "")
    {
        lock (_gate)
        {
            int taken = _taken.GetValueOrDefault(engine);
            if (taken >= _options.MaxStreams)
            {
                return false;
            }

            _taken[engine] = taken + 1;
        }

        bool isTaken = false;
        try
        {
            return isTaken = await _ledger.TryTakeAsync(engine, _options.MaxStreams, predecessor);
        }
        finally
        {
            if (!isTaken)
            {
                GiveBack(engine); // nobody waits for this one: it was not to be had
            }
        }
    }

    /// <param name="heir">See <see cref="ISlotLedger.Release"/>.</param>
    public void Release(Engine engine, string heir = "")
    {
        GiveBack(engine);
        _ledger.Release(engine, heir);
        Freed?.Invoke();
    }

    private void GiveBack(Engine engine)
    {
        lock (_gate)
        {
            int left = _taken[engine] - 1;
            if (left > 0)
            {
                _taken[engine] = left;
            }
            else
            {
                _taken.Remove(engine);
            }
        }
    }
}
