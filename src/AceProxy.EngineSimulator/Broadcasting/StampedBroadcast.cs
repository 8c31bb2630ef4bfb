using System.Buffers.Binary;

namespace AceProxy.EngineSimulator.Broadcasting;

/// <summary>
/// Constant-rate synthetic stream for measuring: the last 16 bytes of every packet of PID 0x101 hold, each byte XOR 0xA5,
/// a big-endian sequence number and the big-endian CLOCK_REALTIME nanoseconds at which the packet is on the air. A reader
/// thus knows what it lost and how late the rest came. Tables and frame starts are real, the picture is filler.
/// </summary>
public sealed class StampedBroadcast : IBroadcast
{
    public const int StampedPid = 0x101;

    private const int BitsPerPacket = TransportPacket.Size * 8;
    private const long PresentationDelay = 18_000; // 200 ms in 90 kHz ticks: a frame is decoded after its packets have come
    private static readonly byte[] AssociationTable = ProgramTables.Association(programMapPid: 0x100);
    private static readonly byte[] ProgramMap = ProgramTables.H264Map(StampedPid);

    private readonly int _bitsPerSecond;
    private readonly StampedLayout _layout;
    private readonly long _originNanoseconds;

    /// <param name="bitsPerSecond">Rate of the whole transport stream.</param>
    /// <param name="gop">Time from one random access point to the next; rounded down to whole packets.</param>
    /// <param name="onAirSince">What the stamps count from; must be the content's <c>OnAirSince</c>, Unix epoch by default.</param>
    public StampedBroadcast(int bitsPerSecond, TimeSpan gop, DateTimeOffset? onAirSince = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bitsPerSecond, 20_000);
        _bitsPerSecond = bitsPerSecond;
        _layout = new StampedLayout((long)(bitsPerSecond * gop.TotalSeconds / BitsPerPacket), gop);
        _originNanoseconds = ((onAirSince ?? DateTimeOffset.UnixEpoch) - DateTimeOffset.UnixEpoch).Ticks * 100;
    }

    public int BitsPerSecond => _bitsPerSecond;

    public long PacketAt(TimeSpan onAir)
    {
        var ticks = Math.Max(0, onAir.Ticks);
        var packet = (long)((Int128)ticks * _bitsPerSecond / BitsPerPacket / TimeSpan.TicksPerSecond);
        while (packet > 0 && TimeOf(packet).Ticks > ticks)
            packet--;
        while (TimeOf(packet + 1).Ticks <= ticks)
            packet++;
        return packet;
    }

    public TimeSpan TimeOf(long packet) => new((long)(Nanoseconds(packet) / 100));

    public void Read(long firstPacket, Span<byte> destination)
    {
        var (group, slot) = Math.DivRem(firstPacket, _layout.PacketsPerGroup);
        while (destination.Length > 0)
        {
            // Nanoseconds of the group by wide arithmetic once, of the packets in it by narrow.
            var groupStart = (long)Nanoseconds(group * _layout.PacketsPerGroup);
            var sequence = group * _layout.StampedPerGroup;
            for (; slot < _layout.PacketsPerGroup && destination.Length > 0; slot++, destination = destination[TransportPacket.Size..])
            {
                var onAir = groupStart + slot * BitsPerPacket * 1_000_000_000 / _bitsPerSecond;
                Write(group, (int)slot, sequence + _layout.StampedBefore[slot], onAir, destination[..TransportPacket.Size]);
            }
            (group, slot) = (group + 1, 0);
        }
    }

    private Int128 Nanoseconds(long packet)
    {
        var (group, slot) = Math.DivRem(packet, _layout.PacketsPerGroup);
        var groupStart = (Int128)group * _layout.PacketsPerGroup * BitsPerPacket * 1_000_000_000 / _bitsPerSecond;
        return groupStart + slot * BitsPerPacket * 1_000_000_000 / _bitsPerSecond;
    }

    private void Write(long group, int slot, long sequence, long onAir, Span<byte> packet)
    {
        var kind = _layout.Kinds[slot];
        switch (kind)
        {
            case StampedSlot.Association:
            case StampedSlot.ProgramMap:
                (kind == StampedSlot.Association ? AssociationTable : ProgramMap).CopyTo(packet);
                TransportPacket.SetContinuity(packet, (int)(group * _layout.TablesPerGroup + _layout.TablesBefore[slot] & 15));
                return;
            case StampedSlot.Filler:
                StampedTemplates.Filler.CopyTo(packet);
                break;
            default:
                (kind == StampedSlot.GroupStart ? StampedTemplates.GroupStart : StampedTemplates.FrameStart).CopyTo(packet);
                var pcr = (long)((Int128)onAir * 27 / 1000 % TransportPacket.PcrWrap);
                TransportPacket.WritePcr(packet, pcr);
                TransportPacket.WriteTimestamp(packet[StampedTemplates.PtsOffset..], pcr / 300 + PresentationDelay);
                break;
        }
        TransportPacket.SetContinuity(packet, (int)(sequence & 15));
        BinaryPrimitives.WriteInt64BigEndian(packet[172..], sequence ^ unchecked((long)0xA5A5A5A5A5A5A5A5));
        BinaryPrimitives.WriteInt64BigEndian(packet[180..], (_originNanoseconds + onAir) ^ unchecked((long)0xA5A5A5A5A5A5A5A5));
    }
}
