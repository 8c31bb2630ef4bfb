namespace AceProxy.EngineSimulator.Observation;

/// <summary>State changes that a test can wait for.</summary>
public enum EngineEventKind
{
    ContentAdded,
    ContentRemoved,
    ScriptChanged,
    FaultInjected,
    SessionOpened,
    SessionJoined,
    StopCalled,
    EventAwaited,
    SessionStopped,
    SessionSuperseded,
    SessionExpired,
    ReaderStarted,
    ReaderEnded,
    ReaderRefused,
    ConnectionOpened,
    ConnectionClosed,
    RequestReceived,
    RequestAbandoned,
    RequestFailed,
    EngineRestarted,
    RefusingChanged,
    HangingChanged,
}
