namespace AceProxy.EngineSimulator.Broadcasting;

/// <summary>A broadcast that from some packet on plays the piece before it again and again, clocks and counters included.</summary>
internal sealed class LoopedBroadcast(IBroadcast broadcast, long end, long length) : IBroadcast
{
    public long PacketAt(TimeSpan onAir) => broadcast.PacketAt(onAir);

    public TimeSpan TimeOf(long packet) => broadcast.TimeOf(packet);

    public void Read(long firstPacket, Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            var within = firstPacket < end ? firstPacket - end : (firstPacket - end) % length;
            var packets = Math.Min(destination.Length / TransportPacket.Size, within < 0 ? -within : length - within);
            var piece = destination[..(int)(packets * TransportPacket.Size)];
            broadcast.Read(within < 0 ? firstPacket : end - length + within, piece);
            destination = destination[piece.Length..];
            firstPacket += packets;
        }
    }
}
