using System.Collections.Concurrent;
using AceProxy.EngineSimulator.Broadcasting;
using AceProxy.EngineSimulator.Contents;

namespace AceProxy.EngineSimulator.Playback;

/// <summary>Where the segments of a broadcast begin: at the first random access point from a multiple of their length on.</summary>
internal sealed class SegmentMap
{
    private const int BlockPackets = 64;
    private const int FarthestPacket = 200_000;
    private const int TablesAhead = 8;
    private const int RememberedStarts = 2_000;

    private readonly ConcurrentDictionary<(IBroadcast, TimeSpan, long), long> _starts = new();

    public TimeSpan Start(ContentScript script, long segment) => script.Broadcast.TimeOf(FirstPacket(script, segment));

    public byte[] Read(ContentScript script, long segment)
    {
        var first = FirstPacket(script, segment);
        var bytes = new byte[(FirstPacket(script, segment + 1) - first) * TransportPacket.Size];
        script.Broadcast.Read(first, bytes);
        return bytes;
    }

    private long FirstPacket(ContentScript script, long segment)
    {
        if (_starts.Count > RememberedStarts)
            _starts.Clear();
        return _starts.GetOrAdd(
            (script.Broadcast, script.SegmentDuration, segment),
            static key => Search(key.Item1, key.Item1.PacketAt(key.Item2 * key.Item3)));
    }

    private static long Search(IBroadcast broadcast, long from)
    {
        Span<byte> block = stackalloc byte[BlockPackets * TransportPacket.Size];
        for (var first = from; first < from + FarthestPacket; first += BlockPackets)
        {
            broadcast.Read(first, block);
            for (var i = 0; i < BlockPackets; i++)
            {
                if (IsVideoStart(block.Slice(i * TransportPacket.Size, TransportPacket.Size)))
                    return Math.Max(from, BackToTables(broadcast, first + i));
            }
        }
        return from;
    }

    /// <summary>Encoders mark every audio frame as a random access point too, so the stream's kind decides.</summary>
    private static bool IsVideoStart(ReadOnlySpan<byte> packet)
    {
        if (!TransportPacket.IsRandomAccess(packet) || !TransportPacket.StartsUnit(packet))
            return false;
        var payload = TransportPacket.PayloadOffset(packet);
        return payload + 4 <= TransportPacket.Size && (packet[payload + 3] & 0xF0) == 0xE0;
    }

    private static long BackToTables(IBroadcast broadcast, long packet)
    {
        Span<byte> one = stackalloc byte[TransportPacket.Size];
        for (var back = 1; back <= TablesAhead && back <= packet; back++)
        {
            broadcast.Read(packet - back, one);
            if (TransportPacket.Pid(one) == 0)
                return packet - back;
        }
        return packet;
    }
}
