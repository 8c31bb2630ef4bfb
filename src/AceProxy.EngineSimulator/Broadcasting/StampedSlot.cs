namespace AceProxy.EngineSimulator.Broadcasting;

/// <summary>What a packet of the stamped stream is.</summary>
internal enum StampedSlot : byte
{
    Filler,
    Association,
    ProgramMap,
    GroupStart,
    FrameStart,
}
