namespace AceProxy.EngineSimulator.Contents;

/// <summary>Something done to the readers that are connected now.</summary>
public abstract record StreamFault
{
    /// <summary>RST in the middle of a chunk.</summary>
    public static StreamFault Reset { get; } = new ResetFault();

    /// <summary>The clean end of a chunked body.</summary>
    public static StreamFault Eof { get; } = new EofFault();

    /// <summary>FIN in the middle of a chunk.</summary>
    public static StreamFault Truncate { get; } = new TruncateFault();

    /// <summary>Nothing until <see cref="SimulatedContent.Lift"/>, then everything that was held back.</summary>
    public static StreamFault Silence { get; } = new SilenceFault();

    /// <summary>Nothing for a while, then everything that was held back.</summary>
    public static StreamFault Stall(TimeSpan duration) => new StallFault(duration);

    /// <summary>Bytes that are no transport stream, in the middle of a packet.</summary>
    public static StreamFault Garbage(int bytes) => new GarbageFault(bytes);

    /// <summary>Packets that never come.</summary>
    public static StreamFault DropPackets(int packets) => new DropFault(packets);

    /// <summary>The last piece of the broadcast again and again, until the reader ends.</summary>
    public static StreamFault Loop(TimeSpan piece) => new LoopFault(piece);

    internal sealed record ResetFault : StreamFault;

    internal sealed record EofFault : StreamFault;

    internal sealed record TruncateFault : StreamFault;

    internal sealed record SilenceFault : StreamFault;

    internal sealed record LiftFault : StreamFault;

    internal sealed record StallFault(TimeSpan Duration) : StreamFault;

    internal sealed record GarbageFault(int Bytes) : StreamFault;

    internal sealed record DropFault(int Packets) : StreamFault;

    internal sealed record LoopFault(TimeSpan Piece) : StreamFault;
}
