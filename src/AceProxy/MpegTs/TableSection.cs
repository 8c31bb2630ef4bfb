using System.Buffers.Binary;

namespace AceProxy.MpegTs;

/// <summary>
/// What program association and program map sections share (ISO/IEC 13818-1, tables 2-30 and 2-33), and their packets.
/// </summary>
internal static class TableSection
{
    /// <summary>table_id of a program association section (table 2-31).</summary>
    public const byte ProgramAssociation = 0x00;

    /// <summary>table_id of a program map section (table 2-31).</summary>
    public const byte ProgramMap = 0x02;

    /// <summary>Bytes from table_id up to and with last_section_number.</summary>
    public const int HeaderSize = 8;

    /// <summary>Bytes of CRC_32.</summary>
    public const int CrcSize = 4;

    private const int PayloadSize = TsPacket.Size - TsPacket.HeaderSize;

    /// <summary>
    /// Whether the section is one to go by: of this table, complete, undamaged, and in force now (current_next_indicator).
    /// Only section 0 is: a map never has another (2.4.4.9), and section 0 of an association has room for 253 programs.
    /// </summary>
    public static bool IsInForce(ReadOnlySpan<byte> section, byte tableId) =>
        section.Length >= HeaderSize + CrcSize
        && section[0] == tableId
        && (section[1] & 0x80) != 0
        && (section[5] & 0x01) != 0
        && section[6] == 0
        && Crc32Mpeg.Compute(section) == 0;

    /// <summary>transport_stream_id of an association, program_number of a map.</summary>
    public static int Extension(ReadOnlySpan<byte> section) => BinaryPrimitives.ReadUInt16BigEndian(section[3..]);

    /// <summary>Reads a 13-bit PID behind three reserved bits.</summary>
    public static ushort ReadPid(ReadOnlySpan<byte> bytes) => (ushort)(BinaryPrimitives.ReadUInt16BigEndian(bytes) & 0x1FFF);

    /// <summary>Packets that a section of this many bytes fills; one byte goes to the pointer_field.</summary>
    public static int PacketCount(int sectionLength) => (1 + sectionLength + PayloadSize - 1) / PayloadSize;

    /// <summary>
    /// Writes the section as packets of its own, the last of which has <paramref name="lastCounter"/>. The source's packets
    /// are not repeated as they were: they may hold pieces of other sections, or a clock reference that is no longer true.
    /// </summary>
    public static void WritePackets(Span<byte> destination, int pid, int lastCounter, ReadOnlySpan<byte> section)
    {
        var count = PacketCount(section.Length);
        for (var i = 0; i < count; i++)
        {
            var packet = destination.Slice(i * TsPacket.Size, TsPacket.Size);
            packet.Fill(0xFF);
            packet[0] = TsPacket.SyncByte;
            packet[1] = (byte)((i == 0 ? 0x40 : 0) | (pid >> 8));
            packet[2] = (byte)pid;
            packet[3] = (byte)(0x10 | ((lastCounter - (count - 1 - i)) & 0x0F));
            var payload = packet[TsPacket.HeaderSize..];
            if (i == 0)
            {
                payload[0] = 0; // pointer_field: the section begins right behind it
                payload = payload[1..];
            }

            var taken = Math.Min(section.Length, payload.Length);
            section[..taken].CopyTo(payload);
            section = section[taken..];
        }
    }
}
