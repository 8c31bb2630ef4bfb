using System.Buffers;
using AceProxy.MpegTs;

namespace AceProxy.Splicing;

/// <summary>The last packets of a new connection, as long as it is not decided where to go on: 753 KiB at most, and the oldest give way.</summary>
internal sealed class HeldPackets : IDisposable
{
    /// <summary>
    /// 0.15 s at 40 Mbit/s, longer for slower streams: some clock references, and by far longer than it takes to see that an access unit
    /// is a random access point.
    /// </summary>
    public const int Most = 4096;

    private byte[]? _buffer;

    /// <summary>The number of the oldest that is held; the connection's first packet is 0.</summary>
    public long First => Math.Max(0, End - Most);

    /// <summary>The number of the next to come.</summary>
    public long End { get; private set; }

    public ReadOnlySpan<byte> this[long number] => Slot(number);

    public long Add(ReadOnlySpan<byte> packet)
    {
        packet.CopyTo(Slot(End));
        return End++;
    }

    /// <summary>The packets from a number on, in one piece.</summary>
    public byte[] From(long number)
    {
        byte[] packets = new byte[(End - number) * TsPacket.Size];
        for (int at = 0; at < packets.Length; at += TsPacket.Size)
        {
            Slot(number++).CopyTo(packets.AsSpan(at));
        }

        return packets;
    }

    public void Clear() => End = 0;

    public void Dispose()
    {
        if (_buffer is not null)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = null;
        }
    }

    private Span<byte> Slot(long number)
    {
        _buffer ??= ArrayPool<byte>.Shared.Rent(Most * TsPacket.Size);
        return _buffer.AsSpan((int)(number % Most) * TsPacket.Size, TsPacket.Size);
    }
}
