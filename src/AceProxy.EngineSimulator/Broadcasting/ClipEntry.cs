namespace AceProxy.EngineSimulator.Broadcasting;

/// <summary>One packet of a clip: its PID, its counter in the first loop, and where its clocks are (0 = none).</summary>
internal readonly record struct ClipEntry(ushort Pid, byte Continuity, bool HasPcr, byte PtsOffset, byte DtsOffset);
