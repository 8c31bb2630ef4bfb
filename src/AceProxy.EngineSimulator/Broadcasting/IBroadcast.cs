namespace AceProxy.EngineSimulator.Broadcasting;

/// <summary>
/// An endless transport stream as a pure function of position, so that two engines, or two sessions of one engine,
/// serve the same packets at the same moment. Positions count 188-byte packets since the broadcast went on the air.
/// </summary>
public interface IBroadcast
{
    /// <summary>The last packet that is on the air this long after the broadcast began.</summary>
    long PacketAt(TimeSpan onAir);

    /// <summary>The moment at which a packet goes on the air, counted from the begin of the broadcast.</summary>
    TimeSpan TimeOf(long packet);

    /// <summary>Fills <paramref name="destination"/>, a multiple of 188 bytes, with consecutive packets.</summary>
    void Read(long firstPacket, Span<byte> destination);
}
