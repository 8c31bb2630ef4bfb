using AceProxy.EngineSimulator.Broadcasting;
using AceProxy.EngineSimulator.Contents;

namespace AceProxy.Tests.Functional;

/// <summary>Contents for a simulated engine, each with an id and an infohash of its own.</summary>
internal static class Contents
{
    public static ContentScript Stamped(int number = 1, int bitsPerSecond = 2_000_000, double gopSeconds = 1) => new()
    {
        ContentId = $"{0xc0:x2}{number:x38}",
        Infohash = $"{0x1f:x2}{number:x38}",
        Broadcast = new StampedBroadcast(bitsPerSecond, TimeSpan.FromSeconds(gopSeconds)),
    };
}
