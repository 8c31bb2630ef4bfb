using AceProxy.MpegTs;

namespace AceProxy.Buffering;

/// <summary>
/// The packets held back after a reconnection. Whether an access unit is a random access point may only be known some packets after it
/// began, so they are kept from the newest candidate on.
/// </summary>
/// <param name="startedAt">The <see cref="TimeProvider"/> timestamp of the reconnection.</param>
internal sealed class Resumption(long startedAt)
{
    /// <summary>A candidate is decided within far less; a source that never decides must not grow us.</summary>
    private const int MostHeld = 1024 * TsPacket.Size;

    private byte[] _held = new byte[64 * TsPacket.Size];
    private int _length;

    public long StartedAt { get; } = startedAt;

    /// <summary>The inspector's number of the first packet held.</summary>
    public long FirstHeld { get; private set; }

    public ReadOnlySpan<byte> Held => _held.AsSpan(0, _length);

    /// <param name="index">The inspector's number of the packet.</param>
    /// <param name="candidate">The number of the first packet that may matter, or -1.</param>
    /// <param name="access">The number of the packet where a random access point turned out to begin, or -1.</param>
    public void Hold(ReadOnlySpan<byte> packet, long index, long candidate, long access)
    {
        long keepFrom = access >= 0 ? access : candidate >= 0 ? candidate : index;
        if (_length == 0 || keepFrom > FirstHeld || _length == MostHeld)
        {
            DropBefore(_length == MostHeld ? index : Math.Min(keepFrom, index), index);
        }

        if (_length == _held.Length)
        {
            Array.Resize(ref _held, Math.Min(_held.Length * 2, MostHeld));
        }

        packet.CopyTo(_held.AsSpan(_length));
        _length += TsPacket.Size;
    }

    private void DropBefore(long keepFrom, long index)
    {
        int held = _length / TsPacket.Size;
        int drop = (int)Math.Clamp(keepFrom - (index - held), 0, held) * TsPacket.Size;
        _held.AsSpan(drop, _length - drop).CopyTo(_held);
        _length -= drop;
        FirstHeld = index - (_length / TsPacket.Size);
    }
}
