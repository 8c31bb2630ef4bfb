using System.Buffers.Binary;

namespace AceProxy.MpegTs;

/// <summary>
/// Puts the sections of one PID together (ISO/IEC 13818-1, 2.4.4): a packet may end one section, hold several and begin another.
/// </summary>
internal sealed class SectionAssembler(SectionHandler handler)
{
    /// <summary>Bytes from table_id up to and with section_length.</summary>
    private const int HeaderSize = 3;

    /// <summary>
    /// section_length of a program association or map section is at most 1021 (2.4.4.4, 2.4.4.9). Longer ones on the same PID
    /// are some private table, and are passed over.
    /// </summary>
    private const int MaxSize = HeaderSize + 1021;

    /// <summary>table_id that says that only stuffing follows (table 2-31).</summary>
    private const byte Stuffing = 0xFF;

    // Sections within one packet never come here, and most streams have no others.
    private byte[]? _partial;
    private int _partialLength;
    private int _counter;

    public int Pid { get; private set; }

    /// <summary>Forgets what was begun and listens to <paramref name="pid"/> from here on.</summary>
    public void Listen(int pid)
    {
        Pid = pid;
        Reset();
    }

    public void Reset() => _partialLength = 0;

    public void Add(ReadOnlySpan<byte> packet)
    {
        var payload = TsPacket.Payload(packet);
        var counter = TsPacket.ContinuityCounter(packet);
        if (payload.IsEmpty || TsPacket.IsScrambled(packet))
            return;

        var starts = TsPacket.PayloadUnitStart(packet);

        // A packet may be sent twice (2.4.3.3), and its bytes count once. If it starts a section, doing it again is harmless. One
        // that is missing needs no notice: the section then fails its checksum.
        if (_partialLength > 0 && counter == _counter && !starts)
            return;

        _counter = counter;
        if (!starts)
        {
            Continue(payload);
            return;
        }

        var pointer = payload[0];
        if (1 + pointer > payload.Length)
        {
            Reset();
            return;
        }

        Continue(payload.Slice(1, pointer));
        Reset();
        TakeWhole(payload[(1 + pointer)..]);
    }

    private void Continue(ReadOnlySpan<byte> bytes)
    {
        if (_partialLength == 0)
            return;

        var partial = _partial.AsSpan();
        var taken = Math.Min(bytes.Length, partial.Length - _partialLength);
        bytes[..taken].CopyTo(partial[_partialLength..]);
        _partialLength += taken;
        TakeWhole(partial[.._partialLength]);
    }

    /// <summary>Hands on the whole sections and keeps the beginning of the last one.</summary>
    private void TakeWhole(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty && bytes[0] != Stuffing)
        {
            var size = bytes.Length < HeaderSize
                ? MaxSize
                : HeaderSize + (BinaryPrimitives.ReadUInt16BigEndian(bytes[1..]) & 0x0FFF);
            if (size > MaxSize)
                break;

            if (size > bytes.Length)
            {
                // The copy may be onto itself, or towards the front: CopyTo is right for both.
                _partial ??= new byte[MaxSize + TsPacket.Size];
                bytes.CopyTo(_partial);
                _partialLength = bytes.Length;
                return;
            }

            handler(Pid, bytes[..size]);
            bytes = bytes[size..];
        }

        Reset();
    }
}
