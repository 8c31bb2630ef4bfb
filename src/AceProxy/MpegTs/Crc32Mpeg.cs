namespace AceProxy.MpegTs;

/// <summary>
/// The checksum of sections (ISO/IEC 13818-1, annex A): polynomial 0x04C11DB7, most significant bit first, all ones to begin
/// with, nothing inverted at the end. Over a section with its own CRC_32 the result is 0.
/// </summary>
internal static class Crc32Mpeg
{
    private const uint Polynomial = 0x04C11DB7;

    private static readonly uint[] Table = CreateTable();

    public static uint Compute(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
            crc = (crc << 8) ^ Table[(byte)((crc >> 24) ^ b)];
        return crc;
    }

    private static uint[] CreateTable()
    {
        var table = new uint[256];
        for (var i = 0; i < table.Length; i++)
        {
            var crc = (uint)i << 24;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 0x80000000) != 0 ? (crc << 1) ^ Polynomial : crc << 1;
            table[i] = crc;
        }

        return table;
    }
}
