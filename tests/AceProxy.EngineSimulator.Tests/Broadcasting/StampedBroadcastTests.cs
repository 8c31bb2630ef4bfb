using System.Buffers.Binary;
using AceProxy.EngineSimulator.Broadcasting;

namespace AceProxy.EngineSimulator.Tests.Broadcasting;

public sealed class StampedBroadcastTests
{
    private static readonly StampedBroadcast Stamped = new(2_000_000, TimeSpan.FromSeconds(2));
    private static readonly long FirstPacket = Stamped.PacketAt(TimeSpan.FromDays(20_000));

    [Fact]
    public void Read_SomeSeconds_SequenceRisesByOneAndTimeIsAirTime()
    {
        long? last = null;
        ForEachPacket((index, packet) =>
        {
            if (TransportPacket.Pid(packet) != StampedBroadcast.StampedPid)
                return;
            var (sequence, nanoseconds) = Stamp(packet);
            if (last is { } before)
                Assert.Equal(before + 1, sequence);
            last = sequence;
            Assert.Equal(Stamped.TimeOf(index).Ticks, nanoseconds / 100);
        });
        Assert.NotNull(last);
    }

    [Fact]
    public void Read_SomeSeconds_CountersNeverJump()
    {
        var last = new Dictionary<int, int>();
        ForEachPacket((_, packet) =>
        {
            var pid = TransportPacket.Pid(packet);
            if (last.TryGetValue(pid, out var before))
                Assert.Equal(before + 1 & 15, packet[3] & 15);
            last[pid] = packet[3] & 15;
        });
        Assert.Equal([0, 0x100, 0x101], last.Keys.Order());
    }

    [Fact]
    public void Read_SomeSeconds_TablesComeBeforeEachGroupAndHaveTheirChecksum()
    {
        var groups = 0;
        var ahead = (Before: -1, Last: -1);
        ForEachPacket((_, packet) =>
        {
            var pid = TransportPacket.Pid(packet);
            if (TransportPacket.IsRandomAccess(packet))
            {
                groups++;
                Assert.Equal((0, 0x100), ahead);
            }
            ahead = (ahead.Last, pid);
            if (pid != StampedBroadcast.StampedPid)
                Assert.Equal(0u, ProgramTables.Crc32(packet.Slice(5, 3 + (((packet[6] & 15) << 8) | packet[7]))));
        });
        Assert.InRange(groups, 4, 6);
    }

    [Fact]
    public void Read_FrameStarts_HaveClockAndPresentationTimeEachFortyMilliseconds()
    {
        var clocks = new List<long>();
        ForEachPacket((_, packet) =>
        {
            if (!TransportPacket.HasPcr(packet))
                return;
            var pcr = TransportPacket.ReadPcr(packet);
            clocks.Add(pcr);
            Assert.Equal(pcr / 300 + 18_000, TransportPacket.ReadTimestamp(packet[21..]));
        });
        Assert.All(clocks.Zip(clocks.Skip(1)), pair => Assert.InRange((pair.Second - pair.First) / 27_000.0, 37, 43));
    }

    [Fact]
    public void PacketAt_AnyMoment_IsTheLastPacketOnTheAir()
    {
        var random = new Random(4);
        for (var i = 0; i < 2_000; i++)
        {
            var moment = TimeSpan.FromTicks(random.NextInt64(TimeSpan.FromDays(60 * 365).Ticks));
            var packet = Stamped.PacketAt(moment);
            Assert.True(Stamped.TimeOf(packet) <= moment);
            Assert.True(Stamped.TimeOf(packet + 1) > moment);
        }
    }

    [Fact]
    public void Read_TenSeconds_KeepsItsRate()
    {
        var packets = Stamped.PacketAt(TimeSpan.FromSeconds(10)) - Stamped.PacketAt(TimeSpan.Zero);
        Assert.InRange(packets * 1504 / 10.0, 1_998_000, 2_002_000);
    }

    private static (long Sequence, long Nanoseconds) Stamp(ReadOnlySpan<byte> packet)
    {
        Span<byte> plain = stackalloc byte[16];
        for (var i = 0; i < 16; i++)
            plain[i] = (byte)(packet[172 + i] ^ 0xA5);
        return (BinaryPrimitives.ReadInt64BigEndian(plain), BinaryPrimitives.ReadInt64BigEndian(plain[8..]));
    }

    private static void ForEachPacket(PacketAction action)
    {
        var packets = new byte[13_000 * TransportPacket.Size];
        Stamped.Read(FirstPacket, packets);
        for (var i = 0; i < packets.Length / TransportPacket.Size; i++)
        {
            var packet = packets.AsSpan(i * TransportPacket.Size, TransportPacket.Size);
            Assert.Equal(TransportPacket.SyncByte, packet[0]);
            action(FirstPacket + i, packet);
        }
    }

    private delegate void PacketAction(long index, ReadOnlySpan<byte> packet);
}
