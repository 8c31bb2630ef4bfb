using AceProxy.EngineSimulator.Broadcasting;

namespace AceProxy.EngineSimulator.Playback;

/// <summary>A file of known length that can be read from anywhere.</summary>
public sealed class VodFile
{
    private readonly byte[] _bytes;

    private VodFile(byte[] bytes) => _bytes = bytes;

    public int Length => _bytes.Length;

    public static VodFile FromBytes(ReadOnlySpan<byte> bytes) => new(bytes.ToArray());

    /// <summary>The first packets of a broadcast.</summary>
    public static VodFile FromBroadcast(IBroadcast broadcast, int packets)
    {
        ArgumentNullException.ThrowIfNull(broadcast);
        var bytes = new byte[packets * TransportPacket.Size];
        broadcast.Read(0, bytes);
        return new VodFile(bytes);
    }

    /// <summary>The whole file, or a part of it.</summary>
    public ReadOnlyMemory<byte> Slice(int start, int length) => _bytes.AsMemory(start, length);
}
