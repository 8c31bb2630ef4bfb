using AceProxy.MpegTs;

namespace AceProxy.Tests.MpegTs;

/// <summary>Program association and program map sections (ISO/IEC 13818-1, tables 2-30 and 2-33).</summary>
internal static class Sections
{
    public static byte[] Pat(params (int Number, int Pid)[] programs) => Pat(0, current: true, programs);

    public static byte[] Pat(int version, bool current, params (int Number, int Pid)[] programs)
    {
        var body = new List<byte>();
        foreach (var (number, pid) in programs)
            body.AddRange([(byte)(number >> 8), (byte)number, (byte)(0xE0 | (pid >> 8)), (byte)pid]);
        return Table(tableId: 0, extension: 1, version, current, body);
    }

    public static byte[] Pmt(int number, int pcrPid, params (byte Type, int Pid)[] streams) =>
        Pmt(number, pcrPid, version: 0, current: true, descriptorBytes: 0, streams);

    /// <param name="number">program_number.</param>
    /// <param name="pcrPid">PCR_PID.</param>
    /// <param name="version">version_number.</param>
    /// <param name="current">current_next_indicator.</param>
    /// <param name="descriptorBytes">Bytes of descriptors for the program and again for each stream, to make it long.</param>
    /// <param name="streams">The elementary streams.</param>
    public static byte[] Pmt(int number, int pcrPid, int version, bool current, int descriptorBytes, params (byte Type, int Pid)[] streams)
    {
        var descriptors = Descriptors(descriptorBytes);
        List<byte> body = [(byte)(0xE0 | (pcrPid >> 8)), (byte)pcrPid, .. descriptors];
        foreach (var (type, pid) in streams)
            body.AddRange([type, (byte)(0xE0 | (pid >> 8)), (byte)pid, .. descriptors]);
        return Table(tableId: 2, number, version, current, body);
    }

    public static byte[] Table(byte tableId, int extension, int version, bool current, List<byte> body)
    {
        var length = 5 + body.Count + 4;
        List<byte> section =
        [
            tableId, (byte)(0xB0 | (length >> 8)), (byte)length, (byte)(extension >> 8), (byte)extension,
            (byte)(0xC0 | (version << 1) | (current ? 1 : 0)), 0, 0, .. body,
        ];
        var crc = Crc32Mpeg.Compute([.. section]);
        section.AddRange([(byte)(crc >> 24), (byte)(crc >> 16), (byte)(crc >> 8), (byte)crc]);
        return [.. section];
    }

    private static byte[] Descriptors(int count) =>
        [(byte)(0xF0 | (count >> 8)), (byte)count, .. Enumerable.Repeat((byte)0x11, count)];
}
