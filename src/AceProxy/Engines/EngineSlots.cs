namespace AceProxy.Engines;

/// <summary>
/// Counts the sessions that are held or being opened on each engine. The one place that has to know more than this worker when several
/// workers share engines: whoever takes there takes over all of them, at once or not at all.
/// </summary>
internal sealed class EngineSlots(EngineOptions options)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Engine, int> _taken = [];

    /// <summary>Raised when a slot has become free.</summary>
    public event Action? Freed;

    public int Taken(Engine engine)
    {
        lock (_gate)
        {
            return _taken.GetValueOrDefault(engine);
        }
    }

    /// <summary>Takes one slot, unless the engine has <see cref="EngineOptions.MaxStreams"/> already.</summary>
    public ValueTask<bool> TryTakeAsync(Engine engine)
    {
        lock (_gate)
        {
            int taken = _taken.GetValueOrDefault(engine);
            bool isFree = taken < options.MaxStreams;
            if (isFree)
            {
                _taken[engine] = taken + 1;
            }

            return ValueTask.FromResult(isFree);
        }
    }

    public void Release(Engine engine)
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

        Freed?.Invoke();
    }
}
