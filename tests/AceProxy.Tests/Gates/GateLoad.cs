using AceProxy.Buffering;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Tests.Functional;

namespace AceProxy.Tests.Gates;

/// <summary>The fixed load that the gates count at.</summary>
internal static class GateLoad
{
    public const int Players = 200;

    /// <summary>1 MB/s, 15 chunks a second: enough to be done soon, and little for any machine.</summary>
    private const int BitsPerSecond = 8_000_000;

    private const int RingChunkSize = 65536;

    /// <summary>What a chunk is on the wire: its data, four hex digits and twice CRLF.</summary>
    public static long ChunkOnTheWire { get; } = ChunkFrame.DataFor(RingChunkSize) + 8;

    /// <summary>Chunks close by their size alone, so that there are as many on a busy machine.</summary>
    public static (string Name, string Value)[] Settings(string directSending) =>
    [
        ("RING_CHUNK_SIZE", $"{RingChunkSize}"), ("RING_CHUNK_AGE", "5000"), ("DIRECT_SENDING", directSending),
    ];

    public static ContentScript Content() => Contents.Stamped(bitsPerSecond: BitsPerSecond);

    /// <summary>Past the joins with their backlog, and past the runtime's first compilation of what goes round.</summary>
    public static Task SettleAsync(Audience audience) => audience.TakesAsync(60 * ChunkOnTheWire);
}
