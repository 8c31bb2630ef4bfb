using System.Buffers.Binary;

namespace AceProxy.EngineSimulator.Broadcasting;

/// <summary>Where the fields of a 188-byte transport packet (ISO/IEC 13818-1, 2.4.3) are, and how its clocks are written.</summary>
internal static class TransportPacket
{
    public const int Size = 188;
    public const byte SyncByte = 0x47;

    /// <summary>PCR ticks a second; PTS and DTS tick 300 times slower and wrap at 2^33.</summary>
    public const long PcrFrequency = 27_000_000;

    public const long PcrWrap = (1L << 33) * 300;
    public const long PtsWrap = 1L << 33;

    public static int Pid(ReadOnlySpan<byte> packet) => ((packet[1] & 0x1F) << 8) | packet[2];

    public static bool StartsUnit(ReadOnlySpan<byte> packet) => (packet[1] & 0x40) != 0;

    public static bool HasPayload(ReadOnlySpan<byte> packet) => (packet[3] & 0x10) != 0;

    public static bool HasAdaptation(ReadOnlySpan<byte> packet) => (packet[3] & 0x20) != 0;

    public static bool HasPcr(ReadOnlySpan<byte> packet) => HasAdaptation(packet) && packet[4] >= 7 && (packet[5] & 0x10) != 0;

    public static bool IsRandomAccess(ReadOnlySpan<byte> packet) => HasAdaptation(packet) && packet[4] >= 1 && (packet[5] & 0x40) != 0;

    public static int PayloadOffset(ReadOnlySpan<byte> packet) => HasAdaptation(packet) ? 5 + packet[4] : 4;

    public static void SetContinuity(Span<byte> packet, int counter) => packet[3] = (byte)((packet[3] & 0xF0) | (counter & 0x0F));

    public static long ReadPcr(ReadOnlySpan<byte> packet)
    {
        var high = BinaryPrimitives.ReadUInt32BigEndian(packet[6..]);
        var low = BinaryPrimitives.ReadUInt16BigEndian(packet[10..]);
        return (((long)high << 1) | (long)(low >> 15)) * 300 + (low & 0x1FF);
    }

    public static void WritePcr(Span<byte> packet, long pcr)
    {
        var wrapped = Wrap(pcr, PcrWrap);
        var clock = wrapped / 300;
        BinaryPrimitives.WriteUInt32BigEndian(packet[6..], (uint)(clock >> 1));
        BinaryPrimitives.WriteUInt16BigEndian(packet[10..], (ushort)(((clock & 1) << 15) | 0x7E00 | (wrapped % 300)));
    }

    public static long ReadTimestamp(ReadOnlySpan<byte> field) =>
        ((long)(field[0] & 0x0E) << 29) | ((long)field[1] << 22) | ((long)(field[2] & 0xFE) << 14) | ((long)field[3] << 7) | ((long)field[4] >> 1);

    /// <summary>Writes a PTS or DTS over a five-byte field; the prefix bits that tell which it is stay.</summary>
    public static void WriteTimestamp(Span<byte> field, long timestamp)
    {
        var value = Wrap(timestamp, PtsWrap);
        field[0] = (byte)((field[0] & 0xF0) | (byte)(value >> 29 & 0x0E) | 1);
        field[1] = (byte)(value >> 22);
        field[2] = (byte)(value >> 14 | 1);
        field[3] = (byte)(value >> 7);
        field[4] = (byte)(value << 1 | 1);
    }

    private static long Wrap(long value, long modulus)
    {
        var rest = value % modulus;
        return rest < 0 ? rest + modulus : rest;
    }
}
