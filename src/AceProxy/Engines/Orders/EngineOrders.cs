using AceProxy.Engines.Sources;

namespace AceProxy.Engines.Orders;

/// <summary>
/// What operators have said of engines, the last word of each subject, and what follows from it here: which engines are registered, and which are
/// drained, also one that is named only later. That something holds no longer is a word too, which is remembered for a day, so that whoever has
/// not heard it does not bring back what it ended.
/// </summary>
internal sealed class EngineOrders
{
    /// <summary>A bound on what is remembered, beyond <see cref="RegisteredSource.Most"/> that may be registered.</summary>
    public const int Most = 4096;

    private static readonly TimeSpan Memory = TimeSpan.FromDays(1);

    private readonly EngineCatalog _catalog;
    private readonly RegisteredSource _registered;
    private readonly TimeProvider _time;

    /// <summary>Over what is known; nobody else's lock is taken under it, because the catalogue comes here under its own.</summary>
    private readonly Lock _gate = new();

    /// <summary>Over telling the source: of two changes the later one must be told last.</summary>
    private readonly Lock _telling = new();
    private readonly Dictionary<string, EngineOrder> _orders = new(StringComparer.Ordinal);
    private long _changes;

    public EngineOrders(EngineCatalog catalog, RegisteredSource registered, TimeProvider time)
    {
        (_catalog, _registered, _time) = (catalog, registered, time);
        catalog.Changed += Drain; // an engine that is new here
    }

    /// <param name="id">host:port.</param>
    public bool IsRegistered(string id)
    {
        lock (_gate)
        {
            return _orders.GetValueOrDefault(EngineOrder.SubjectOf(EngineOrderKind.Registered, id)) is { Holds: true };
        }
    }

    /// <summary>An operator's new word: it counts from now on.</summary>
    /// <returns>As it is to be told to others; null: there are too many.</returns>
    public EngineOrder? Give(EngineOrderKind kind, EngineAddress engine, bool holds)
    {
        EngineOrder order;
        lock (_gate)
        {
            EngineOrder? known = _orders.GetValueOrDefault(EngineOrder.SubjectOf(kind, engine.Id));
            bool isOneMore = kind == EngineOrderKind.Registered && holds && known is not { Holds: true };
            if ((isOneMore && Registered().Count() >= RegisteredSource.Most) || (known is null && !HasRoom()))
            {
                return null;
            }

            order = new EngineOrder(kind, engine, holds, Math.Max(_time.GetUtcNow().ToUnixTimeMilliseconds(), (known?.Stamp ?? 0) + 1));
            if (order.Word == known?.Word)
            {
                return known; // again
            }

            Set(order);
        }

        Follow();
        return order;
    }

    /// <summary>Another worker's word, unless a newer one is known.</summary>
    public void Take(EngineOrder order)
    {
        lock (_gate)
        {
            EngineOrder? known = _orders.GetValueOrDefault(order.Subject);
            if (!order.IsNewerThan(known) || (known is null && !HasRoom()))
            {
                return;
            }

            Set(order);
        }

        Follow();
    }

    /// <summary>Takes all that others know.</summary>
    /// <returns>What they do not know; and what is to be forgotten, of what was known here or there.</returns>
    public (IReadOnlyList<EngineOrder> Lacking, IReadOnlyList<EngineOrder> Forgotten) Exchange(IReadOnlyCollection<EngineOrder> theirs)
    {
        EngineOrder[] lacking, forgotten;
        lock (_gate)
        {
            foreach (EngineOrder order in theirs)
            {
                if (order.IsNewerThan(_orders.GetValueOrDefault(order.Subject)))
                {
                    Set(order);
                }
            }

            forgotten = [.. Forgettable()];
            Array.ForEach(forgotten, Remove);
            Array.ForEach([.. InOrder().Skip(Most)], Remove);

            Dictionary<string, EngineOrder> known = theirs.ToDictionary(order => order.Subject, StringComparer.Ordinal);
            lacking = [.. _orders.Values.Where(order => order.IsNewerThan(known.GetValueOrDefault(order.Subject)))];
        }

        Follow();
        return (lacking, forgotten);
    }

    private IEnumerable<EngineOrder> InOrder() =>
        _orders.Values.OrderBy(order => order.Stamp).ThenBy(order => order.Subject, StringComparer.Ordinal);

    private IEnumerable<EngineOrder> Registered() => InOrder().Where(order => order is { Kind: EngineOrderKind.Registered, Holds: true });

    /// <summary>What holds no longer, and for long; or the oldest of it, where there is too much.</summary>
    private IEnumerable<EngineOrder> Forgettable()
    {
        long till = (_time.GetUtcNow() - Memory).ToUnixTimeMilliseconds();
        int excess = _orders.Count - Most;
        return InOrder().Where(order => !order.Holds).TakeWhile((order, index) => order.Stamp < till || index < excess);
    }

    /// <summary>Makes some, if need be.</summary>
    private bool HasRoom() =>
        _orders.Count < Most || (InOrder().FirstOrDefault(order => !order.Holds) is { } oldest && _orders.Remove(oldest.Subject));

    private void Set(EngineOrder order)
    {
        _orders[order.Subject] = order;
        _changes++;
    }

    private void Remove(EngineOrder order) => _orders.Remove(order.Subject);

    private void Follow()
    {
        lock (_telling)
        {
            EngineAddress[] registered;
            lock (_gate)
            {
                registered = [.. Registered().Select(order => order.Engine)];
            }

            _registered.Replace(registered);
        }

        Drain();
    }

    /// <summary>Without a lock, because this comes back here; so a change in between could be overtaken by what was before it, unless one looks again.</summary>
    private void Drain()
    {
        long seen;
        do
        {
            (Engine Engine, EngineOrder? Order)[] words;
            lock (_gate)
            {
                seen = _changes;
                words = seen == 0 ? [] : [.. _catalog.Engines.Select(engine =>
                    (engine, _orders.GetValueOrDefault(EngineOrder.SubjectOf(EngineOrderKind.Drained, engine.Address.Id))))];
            }

            foreach ((Engine engine, EngineOrder? order) in words)
            {
                if (order is not null)
                {
                    engine.Drain(order.Holds);
                }
            }
        }
        while (seen != Volatile.Read(ref _changes));
    }
}
