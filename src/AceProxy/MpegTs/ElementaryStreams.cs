using System.Buffers.Binary;

namespace AceProxy.MpegTs;

/// <summary>
/// Walks the elementary streams of a program map section (ISO/IEC 13818-1, table 2-33). A length that runs over the end ends
/// the walk.
/// </summary>
internal ref struct ElementaryStreams
{
    private const int EntrySize = 5;

    /// <summary>Most entries that a section can hold: 1021 bytes less the header's nine and the checksum's four.</summary>
    public const int MaxCount = (1021 - 9 - TableSection.CrcSize) / EntrySize;

    private const int FixedSize = TableSection.HeaderSize + 4;

    private ReadOnlySpan<byte> _rest;

    public ElementaryStreams(ReadOnlySpan<byte> section)
    {
        var end = section.Length - TableSection.CrcSize;
        if (end < FixedSize)
            return;

        var start = FixedSize + ReadLength(section[(FixedSize - 2)..]);
        _rest = start < end ? section[start..end] : default;
    }

    /// <summary>The stream that <see cref="MoveNext"/> came to.</summary>
    public byte Type { get; private set; }

    public ushort Pid { get; private set; }

    /// <summary>The PID of the clock, <see cref="TsPacket.NullPid"/> if the program has none.</summary>
    public static ushort PcrPid(ReadOnlySpan<byte> section) => TableSection.ReadPid(section[TableSection.HeaderSize..]);

    /// <summary>Whether the section is long enough to be a program map at all.</summary>
    public static bool Fits(ReadOnlySpan<byte> section) => section.Length >= FixedSize + TableSection.CrcSize;

    public static bool HasVideo(ReadOnlySpan<byte> section)
    {
        var streams = new ElementaryStreams(section);
        while (streams.MoveNext())
        {
            if (StreamType.Codec(streams.Type) != VideoCodec.None)
                return true;
        }

        return false;
    }

    public bool MoveNext()
    {
        while (_rest.Length >= EntrySize)
        {
            Type = _rest[0];
            Pid = TableSection.ReadPid(_rest[1..]);
            _rest = _rest[Math.Min(_rest.Length, EntrySize + ReadLength(_rest[3..]))..];
            if (Pid is >= TsPacket.FirstAssignablePid and < TsPacket.NullPid)
                return true;
        }

        return false;
    }

    private static int ReadLength(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16BigEndian(bytes) & 0x0FFF;
}
