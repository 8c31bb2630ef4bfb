using AceProxy.MpegTs;

namespace AceProxy.Buffering;

/// <summary>
/// Where two connections' packets meet. Every PID's continuity counter jumps there, so the first packet of each is announced by a
/// discontinuity marker whose counter it follows.
/// </summary>
internal sealed class Seam
{
    /// <summary>After so many packets every PID that matters has been seen: 12 s of an 8 Mbit/s stream, longer for slower ones.</summary>
    private const int MostPackets = 65536;

    private readonly ulong[] _seen = new ulong[TsPacket.PidCount / 64];
    private int _packets;

    /// <summary>Nothing more is to be announced.</summary>
    public bool IsOver => _packets >= MostPackets;

    /// <summary>True if the packet is its PID's first behind the seam; then <paramref name="marker"/> goes in front of it.</summary>
    public bool IsFirst(ReadOnlySpan<byte> packet, Span<byte> marker)
    {
        _packets++;
        int pid = TsPacket.Pid(packet);
        ref ulong word = ref _seen[pid >> 6];
        ulong bit = 1UL << (pid & 63);
        if ((word & bit) != 0 || pid == TsPacket.NullPid)
        {
            return false;
        }

        word |= bit;
        int before = TsPacket.ContinuityCounter(packet) - (TsPacket.HasPayload(packet) ? 1 : 0);
        DiscontinuityMarker.Write(marker, pid, before & 0x0F);
        return true;
    }
}
