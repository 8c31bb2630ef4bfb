namespace AceProxy.EngineSimulator.Sessions;

internal enum AttachResult
{
    Attached,
    Occupied,
    Ended,
}
