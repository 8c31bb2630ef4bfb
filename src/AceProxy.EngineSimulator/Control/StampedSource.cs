using AceProxy.EngineSimulator.Broadcasting;

namespace AceProxy.EngineSimulator.Control;

/// <summary>A synthetic broadcast as the control API is asked for it.</summary>
internal sealed record StampedSource(int BitsPerSecond, double GopSeconds)
{
    public StampedBroadcast ToBroadcast(DateTimeOffset onAirSince) => new(BitsPerSecond, TimeSpan.FromSeconds(GopSeconds), onAirSince);
}
