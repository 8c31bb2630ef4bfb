using System.Buffers.Binary;

namespace AceProxy.MpegTs;

/// <summary>
/// Reads the header and adaptation field of one transport packet (ISO/IEC 13818-1, 2.4.3.2 to 2.4.3.5, tables 2-2 and 2-6).
/// Every reader takes exactly <see cref="Size"/> bytes of any content: what comes off a network may be anything, so a length
/// that does not fit reads as "not there" and nothing throws.
/// </summary>
internal static class TsPacket
{
    /// <summary>Bytes in a packet.</summary>
    public const int Size = 188;

    /// <summary>First byte of every packet.</summary>
    public const byte SyncByte = 0x47;

    /// <summary>Bytes before the adaptation field or payload.</summary>
    public const int HeaderSize = 4;

    /// <summary>Number of PIDs a 13-bit field can name.</summary>
    public const int PidCount = 8192;

    /// <summary>PID of the program association table (table 2-3).</summary>
    public const int PatPid = 0;

    /// <summary>PID of null packets, whose counter and payload mean nothing (table 2-3).</summary>
    public const int NullPid = 0x1FFF;

    /// <summary>First PID that a table may give to a program; those below are reserved or belong to fixed tables (table 2-3).</summary>
    public const int FirstAssignablePid = 0x0010;

    private const int MaxAdaptationLength = 183;

    public static int Pid(ReadOnlySpan<byte> packet) => ((packet[1] & 0x1F) << 8) | packet[2];

    public static bool TransportError(ReadOnlySpan<byte> packet) => (packet[1] & 0x80) != 0;

    public static bool PayloadUnitStart(ReadOnlySpan<byte> packet) => (packet[1] & 0x40) != 0;

    public static bool IsScrambled(ReadOnlySpan<byte> packet) => (packet[3] & 0xC0) != 0;

    public static bool HasAdaptation(ReadOnlySpan<byte> packet) => (packet[3] & 0x20) != 0;

    public static bool HasPayload(ReadOnlySpan<byte> packet) => (packet[3] & 0x10) != 0;

    public static int ContinuityCounter(ReadOnlySpan<byte> packet) => packet[3] & 0x0F;

    public static bool DiscontinuityIndicator(ReadOnlySpan<byte> packet) => (AdaptationFlags(packet) & 0x80) != 0;

    public static bool RandomAccessIndicator(ReadOnlySpan<byte> packet) => (AdaptationFlags(packet) & 0x40) != 0;

    /// <summary>The program clock reference in ticks of 27 MHz: base × 300 + extension (2.4.3.5, equation 2-1).</summary>
    public static bool TryGetPcr(ReadOnlySpan<byte> packet, out long pcr27MHz)
    {
        const int lengthWithPcr = 7; // the flags and six bytes of PCR
        if ((AdaptationFlags(packet) & 0x10) == 0 || packet[4] < lengthWithPcr)
        {
            pcr27MHz = -1;
            return false;
        }

        long baseTicks = ((long)BinaryPrimitives.ReadUInt32BigEndian(packet[6..]) << 1) | (uint)(packet[10] >> 7);
        pcr27MHz = (baseTicks * 300) + (((packet[10] & 1) << 8) | packet[11]);
        return true;
    }

    /// <summary>What follows header and adaptation field; empty if there is none or the adaptation field's length does not fit.</summary>
    public static ReadOnlySpan<byte> Payload(ReadOnlySpan<byte> packet)
    {
        if (!HasPayload(packet))
            return default;

        var start = HasAdaptation(packet) ? HeaderSize + 1 + packet[4] : HeaderSize;
        return start < Size ? packet[start..Size] : default;
    }

    // An adaptation field may be of length 0 (one stuffing byte), and then has no flags.
    private static int AdaptationFlags(ReadOnlySpan<byte> packet) =>
        HasAdaptation(packet) && packet[4] is > 0 and <= MaxAdaptationLength ? packet[5] : 0;
}
