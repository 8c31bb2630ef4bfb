using AceProxy.EngineSimulator.Contents;

namespace AceProxy.EngineSimulator.Control;

/// <summary>A fault as the control API is asked for it.</summary>
internal sealed record FaultRequest(string Kind, int Count = 0, double Seconds = 0)
{
    public StreamFault ToFault() => Kind.ToUpperInvariant() switch
    {
        "RESET" => StreamFault.Reset,
        "EOF" => StreamFault.Eof,
        "TRUNCATE" => StreamFault.Truncate,
        "SILENCE" => StreamFault.Silence,
        "STALL" => StreamFault.Stall(TimeSpan.FromSeconds(Seconds)),
        "GARBAGE" => StreamFault.Garbage(Count),
        "DROPPACKETS" => StreamFault.DropPackets(Count),
        "LOOP" => StreamFault.Loop(TimeSpan.FromSeconds(Seconds)),
        _ => throw new ArgumentException($"{Kind} is no fault: reset, eof, truncate, silence, stall, garbage, dropPackets, loop.", nameof(Kind)),
    };
}
