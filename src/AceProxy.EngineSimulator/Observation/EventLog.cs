namespace AceProxy.EngineSimulator.Observation;

/// <summary>The one place where a state change is written down, logged and signalled.</summary>
internal sealed partial class EventLog(TimeProvider time, ILogger logger, ChangeSignal changes)
{
    private readonly BoundedLog<EngineEvent> _events = new(capacity: 10_000);

    public ChangeSignal Changes => changes;

    public IReadOnlyList<EngineEvent> Snapshot() => _events.Snapshot();

    public void Add(EngineEventKind kind, string detail)
    {
        _events.Add(new EngineEvent(time.GetUtcNow(), kind, detail));
        LogEvent(kind, detail);
        changes.Raise();
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Kind} {Detail}")]
    private partial void LogEvent(EngineEventKind kind, string detail);
}
