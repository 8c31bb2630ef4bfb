using AceProxy.Engines.Health;
using AceProxy.Events;

namespace AceProxy.Engines.Sources;

/// <summary>
/// All engines that any source names, by id. Everything a source says comes in here, under one lock, and goes out as one snapshot. An
/// engine that no source names any more is gone, and forgotten once nothing is left on it.
/// </summary>
internal sealed class EngineCatalog(HealthOptions health, EventLog events, TimeProvider time, ILogger<EngineCatalog> logger)
{
    private readonly Lock _gate = new();
    private readonly List<SourceReport> _reports = [];
    private readonly List<Engine> _known = [];
    private volatile IReadOnlyList<Engine> _engines = [];

    /// <summary>In the order in which they were first named; those that are gone but not empty included.</summary>
    public IReadOnlyList<Engine> Engines => _engines;

    public IReadOnlyList<SourceReport> Sources
    {
        get
        {
            lock (_gate)
            {
                return [.. _reports];
            }
        }
    }

    /// <summary>Raised when there are other engines than before, or one is in another state.</summary>
    public event Action? Changed;

    public Engine? Find(string id) => _engines.FirstOrDefault(engine => engine.IsNamed(id));

    /// <summary>Takes a source's answer in place of its last one, or notes that it failed.</summary>
    public void Apply(string source, SourceAnswer answer)
    {
        lock (_gate)
        {
            int at = _reports.FindIndex(report => report.Name == source);
            SourceReport before = at < 0 ? new SourceReport(source, [], null, null) : _reports[at];
            SourceReport after = answer.Engines is null
                ? before with { Problem = answer.Problem }
                : new SourceReport(source, answer.Engines, time.GetUtcNow(), answer.Problem);
            if (at < 0)
            {
                _reports.Add(after);
            }
            else
            {
                _reports[at] = after;
            }

            Log(before, after, answer);
            Merge();
        }

        Changed?.Invoke();
    }

    /// <summary>Drops what is gone and empty.</summary>
    public void Forget(Func<Engine, bool> isEmpty)
    {
        if (!_engines.Any(engine => engine.Health.State == EngineState.Gone))
        {
            return;
        }

        lock (_gate)
        {
            _known.RemoveAll(engine => engine.Sources.Count == 0 && isEmpty(engine));
            _engines = [.. _known];
        }
    }

    private void Merge()
    {
        var named = _reports
            .SelectMany(report => report.Engines.Select(engine => (Source: report.Name, Engine: engine)))
            .GroupBy(one => one.Engine.Address.Id, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => EngineListing.Of([.. group]), StringComparer.Ordinal);
        foreach (Engine engine in _known.ToArray()) // telling one that it is gone may make us forget it
        {
            named.Remove(engine.Address.Id, out EngineListing? listing);
            engine.List(listing);
        }

        foreach (EngineListing listing in named.Values)
        {
            _known.Add(new Engine(listing, health, time, StateChanged));
            EnginesLog.Added(logger, listing.Address.Id, string.Join(", ", listing.Sources), listing.Address.IsForwarded);
        }

        _engines = [.. _known];
    }

    private void StateChanged(Engine engine, EngineHealth before)
    {
        EngineHealth health = engine.Health;
        LogLevel level = health.State == EngineState.Healthy ? LogLevel.Information : LogLevel.Warning;
        EnginesLog.StateChanged(logger, level, engine.Address.Id, before.State, health.State, health.Reason);
        events.Record(new ProxyEvent(EventKind.EngineChanged)
        {
            Engine = engine.Address.Id,
            State = health.State.ToString().ToLowerInvariant(),
            Before = before.State.ToString().ToLowerInvariant(),
            Reason = health.Reason,
        });
        Changed?.Invoke();
    }

    private void Log(SourceReport before, SourceReport after, SourceAnswer answer)
    {
        if (after.Problem == before.Problem)
        {
            return;
        }

        if (after.Problem is null)
        {
            EnginesLog.SourceWell(logger, after.Name, after.Engines.Count);
        }
        else if (answer.Engines is null)
        {
            EnginesLog.SourceFailed(logger, after.Name, after.Problem, after.Engines.Count);
        }
        else
        {
            EnginesLog.SourceDoubtful(logger, after.Name, after.Problem);
        }
    }
}
