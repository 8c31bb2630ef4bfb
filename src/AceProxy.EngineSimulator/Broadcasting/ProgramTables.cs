using System.Buffers.Binary;

namespace AceProxy.EngineSimulator.Broadcasting;

/// <summary>PAT and PMT (ISO/IEC 13818-1, 2.4.4) of a stream with one programme, each in one packet.</summary>
internal static class ProgramTables
{
    public static byte[] Association(int programMapPid) =>
        Packet(pid: 0, [0x00, 0xB0, 13, 0, 1, 0xC1, 0, 0, 0, 1, (byte)(0xE0 | programMapPid >> 8), (byte)programMapPid]);

    /// <summary>One H.264 stream that carries the clock too; the map itself is on PID 0x100.</summary>
    public static byte[] H264Map(int videoPid)
    {
        var (high, low) = ((byte)(0xE0 | videoPid >> 8), (byte)videoPid);
        return Packet(pid: 0x100, [0x02, 0xB0, 18, 0, 1, 0xC1, 0, 0, high, low, 0xF0, 0, 0x1B, high, low, 0xF0, 0]);
    }

    private static byte[] Packet(int pid, ReadOnlySpan<byte> section)
    {
        var packet = new byte[TransportPacket.Size];
        packet.AsSpan().Fill(0xFF);
        ReadOnlySpan<byte> header = [TransportPacket.SyncByte, (byte)(0x40 | pid >> 8), (byte)pid, 0x10, 0];
        header.CopyTo(packet);
        section.CopyTo(packet.AsSpan(5));
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(5 + section.Length), Crc32(section));
        return packet;
    }

    /// <summary>CRC-32/MPEG-2: polynomial 0x04C11DB7, all ones to begin with, not reflected.</summary>
    internal static uint Crc32(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var value in data)
        {
            crc ^= (uint)value << 24;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 0x80000000) != 0 ? (crc << 1) ^ 0x04C11DB7 : crc << 1;
        }
        return crc;
    }
}
