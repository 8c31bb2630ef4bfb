namespace AceProxy.Engines;

/// <summary>The engines, and which one is next: forwarded before not forwarded, then fewest sessions, then longest unused.</summary>
internal sealed class EngineList(EngineOptions options)
{
    private readonly Lock _gate = new();
    private readonly Engine[] _engines = [.. options.Engines.Select(address => new Engine(address))];
    private long _reservations;

    public IReadOnlyList<Engine> Engines => _engines;

    /// <summary>Takes a place on the best engine, or null when there is none.</summary>
    public EngineReservation? TryReserve()
    {
        lock (_gate)
        {
            if (Best() is not { } engine)
            {
                return null;
            }

            engine.Sessions++;
            engine.LastUsed = ++_reservations;
            return new EngineReservation(engine, this);
        }
    }

    /// <summary>The engine to put a question to that opens no session.</summary>
    public Engine? Peek()
    {
        lock (_gate)
        {
            return Best();
        }
    }

    internal void Release(Engine engine)
    {
        lock (_gate)
        {
            engine.Sessions--;
        }
    }

    private Engine? Best() => _engines
        .OrderByDescending(engine => engine.Address.IsForwarded)
        .ThenBy(engine => engine.Sessions)
        .ThenBy(engine => engine.LastUsed)
        .FirstOrDefault();
}
