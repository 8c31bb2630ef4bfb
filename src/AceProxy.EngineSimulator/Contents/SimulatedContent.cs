using System.Collections.Immutable;
using AceProxy.EngineSimulator.Observation;
using AceProxy.EngineSimulator.Playback;

namespace AceProxy.EngineSimulator.Contents;

/// <summary>A content the engine knows, and the handle by which a test changes what it does.</summary>
public sealed class SimulatedContent
{
    private readonly EventLog _events;
    private readonly Lock _updating = new();
    private ImmutableArray<LiveReader> _readers = [];
    private volatile ContentScript _script;

    internal SimulatedContent(ContentScript script, EventLog events)
    {
        _script = script;
        _events = events;
    }

    /// <summary>What the content does now.</summary>
    public ContentScript Script => _script;

    public string ContentId => _script.ContentId;

    public string Infohash => _script.Infohash;

    /// <summary>Progressive readers connected now.</summary>
    public int ReaderCount => _readers.Length;

    /// <summary>Time since the broadcast began.</summary>
    internal TimeSpan OnAir(TimeProvider time) => time.GetUtcNow() - _script.OnAirSince;

    /// <summary>Changes the script for the requests to come; pacing and silence also for the readers there are.</summary>
    public void Update(Func<ContentScript, ContentScript> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        lock (_updating)
            _script = change(_script);
        foreach (var reader in _readers)
            reader.Wake();
        _events.Add(EngineEventKind.ScriptChanged, Infohash);
    }

    /// <summary>Does something to the readers connected now.</summary>
    /// <returns>How many readers it was done to.</returns>
    public int Fault(StreamFault fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        var readers = _readers;
        foreach (var reader in readers)
            reader.Inject(fault);
        _events.Add(EngineEventKind.FaultInjected, $"{Infohash} {fault}");
        return readers.Length;
    }

    /// <summary>Ends a silence or a stall of the readers connected now.</summary>
    public void Lift() => Fault(new StreamFault.LiftFault());

    internal void Attach(LiveReader reader) => ImmutableInterlocked.Update(ref _readers, static (all, one) => all.Add(one), reader);

    internal void Detach(LiveReader reader) => ImmutableInterlocked.Update(ref _readers, static (all, one) => all.Remove(one), reader);
}
