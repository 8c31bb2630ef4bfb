using AceProxy.Buffering;
using AceProxy.MpegTs;

namespace AceProxy.Tests.Gates;

/// <summary>A step on a ring of the default chunk size that is full, so that each chunk drops one.</summary>
internal abstract class RingStep : HotPathStep
{
    private const int RingSize = 2 << 20;

    protected RingStep(string name, string unit, double budget)
        : base(name, unit, budget)
    {
        Ring = new ChunkRing(Options, TimeProvider.System);
        Ticker = new ChunkTicker(Options, TimeProvider.System);
        Builder = new ChunkBuilder(Ring, Pool, Ticker, Options, TimeProvider.System);
        while (Ring.Oldest == 0)
        {
            Builder.Append(Chunk);
        }
    }

    /// <summary>Chunks close by their size alone: how fast they are made is not what is measured.</summary>
    protected static RingOptions Options { get; } = new()
    {
        ChunkSize = 65536,
        ChunkAge = TimeSpan.FromSeconds(5),
        Size = RingSize,
        Ttl = TimeSpan.FromMinutes(10),
        KeyframeWait = TimeSpan.FromSeconds(2),
        SpliceWait = TimeSpan.FromSeconds(12),
    };

    /// <summary>As many packets as a chunk takes.</summary>
    protected static byte[] Chunk { get; } = HotPath.Packets(ChunkFrame.DataFor(Options.ChunkSize) / TsPacket.Size);

    protected SlabPool Pool { get; } = new();

    protected ChunkRing Ring { get; }

    protected ChunkTicker Ticker { get; }

    protected ChunkBuilder Builder { get; }

    public override void Dispose()
    {
        Builder.Dispose();
        Ticker.Dispose();
        Ring.Dispose();
        base.Dispose();
    }
}
