namespace AceProxy.Engines.Sources;

/// <summary>The engines that were registered at run time, over the API. Kept in memory: a restart forgets them.</summary>
internal sealed class RegisteredSource(EngineCatalog catalog) : IEngineSource
{
    /// <summary>A bound on what strangers can make us remember.</summary>
    public const int Most = 1000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, EngineAddress> _engines = new(StringComparer.OrdinalIgnoreCase);

    public string Name => "registered";

    public TimeSpan Interval => Timeout.InfiniteTimeSpan;

    /// <summary>Adds it, or changes how it is marked. False: there are too many.</summary>
    public bool TryAdd(EngineAddress engine)
    {
        lock (_gate) // over the telling as well: of two changes the later one must be told last
        {
            if (_engines.Count >= Most && !_engines.ContainsKey(engine.Id))
            {
                return false;
            }

            _engines[engine.Id] = engine;
            catalog.Apply(Name, Answer());
            return true;
        }
    }

    /// <summary>False: it was not registered.</summary>
    public bool Remove(string id)
    {
        lock (_gate)
        {
            bool wasThere = _engines.Remove(id);
            catalog.Apply(Name, Answer());
            return wasThere;
        }
    }

    public Task<SourceAnswer> AskAsync(CancellationToken cancellation)
    {
        lock (_gate)
        {
            return Task.FromResult(Answer());
        }
    }

    private SourceAnswer Answer() => new([.. _engines.Values.Select(engine => new ListedEngine(engine))], null);
}
