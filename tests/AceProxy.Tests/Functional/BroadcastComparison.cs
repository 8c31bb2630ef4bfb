using System.Buffers.Binary;
using AceProxy.EngineSimulator.Broadcasting;
using AceProxy.MpegTs;

namespace AceProxy.Tests.Functional;

/// <summary>Holds every packet, all 188 bytes of it, against the broadcast it is from: a pure function of its place.</summary>
/// <remarks>Where a jump is announced, and at the begin, the tables may be any that the stream had; what follows has to go on from its place.</remarks>
internal sealed class BroadcastComparison(StampedBroadcast broadcast)
{
    private readonly byte[] _packet = new byte[TsPacket.Size];
    private readonly byte[] _expected = new byte[TsPacket.Size];
    private readonly List<int> _pidsSinceJump = [];
    private int _filled;
    private long _next = -1;

    /// <summary>Packets that were compared.</summary>
    public long Packets { get; private set; }

    /// <summary>For every place where it began or went on elsewhere: the PIDs from the first announcement to the first picture's packet.</summary>
    public List<(int[] Pids, bool AtRandomAccess)> Landings { get; } = [];

    public void Add(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            int take = Math.Min(TsPacket.Size - _filled, bytes.Length);
            bytes[..take].CopyTo(_packet.AsSpan(_filled));
            bytes = bytes[take..];
            _filled = (_filled + take) % TsPacket.Size;
            if (_filled == 0)
            {
                Compare();
            }
        }
    }

    private void Compare()
    {
        if (!TsPacket.HasPayload(_packet))
        {
            Assert.True(TsPacket.DiscontinuityIndicator(_packet));
            _next = -1;
            return;
        }

        if (_next < 0)
        {
            _pidsSinceJump.Add(TsPacket.Pid(_packet));
            if (TsPacket.Pid(_packet) != StampedBroadcast.StampedPid)
            {
                return;
            }

            long onAir = BinaryPrimitives.ReadInt64BigEndian(_packet.AsSpan(180)) ^ unchecked((long)0xA5A5A5A5A5A5A5A5);
            _next = broadcast.PacketAt(new TimeSpan(onAir / 100));
            Landings.Add(([.. _pidsSinceJump], TsPacket.RandomAccessIndicator(_packet)));
            _pidsSinceJump.Clear();
        }

        broadcast.Read(_next, _expected);
        if (!_expected.AsSpan().SequenceEqual(_packet))
        {
            Assert.Fail($"packet {_next} differs at byte {_expected.AsSpan().CommonPrefixLength(_packet)}, {Packets} packets after the begin");
        }

        _next++;
        Packets++;
    }
}
