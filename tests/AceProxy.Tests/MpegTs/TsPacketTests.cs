using AceProxy.MpegTs;

namespace AceProxy.Tests.MpegTs;

public sealed class TsPacketTests
{
    [Fact]
    public void Header_Fields_AreRead()
    {
        var packet = new TsBuilder().Packet(0x1ABC, new byte[100], start: true, scrambled: true).ToArray();

        Assert.Equal(0x1ABC, TsPacket.Pid(packet));
        Assert.True(TsPacket.PayloadUnitStart(packet));
        Assert.True(TsPacket.HasPayload(packet));
        Assert.True(TsPacket.HasAdaptation(packet));
        Assert.True(TsPacket.IsScrambled(packet));
        Assert.False(TsPacket.TransportError(packet));
        Assert.Equal(0, TsPacket.ContinuityCounter(packet));
        Assert.Equal(100, TsPacket.Payload(packet).Length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(299)]
    [InlineData(27_000_000)]
    [InlineData(((1L << 33) - 1) * 300 + 299)]
    public void TryGetPcr_WrittenClock_ReadsTheSame(long ticks)
    {
        var packet = new TsBuilder().Pes(0x100, [1, 2, 3], pcr: ticks).ToArray();

        Assert.True(TsPacket.TryGetPcr(packet, out var pcr));
        Assert.Equal(ticks, pcr);
    }

    [Fact]
    public void TryGetPcr_FieldTooShortForIt_IsNone()
    {
        var packet = new TsBuilder().Packet(0x100, new byte[180], adaptation: [0x10, 0, 0]).ToArray();

        Assert.False(TsPacket.TryGetPcr(packet, out var pcr));
        Assert.Equal(-1, pcr);
    }

    [Theory]
    [InlineData(0x40, true, false)]
    [InlineData(0x80, false, true)]
    public void Indicators_Flags_AreRead(byte flags, bool randomAccess, bool discontinuity)
    {
        var packet = new TsBuilder().Packet(0x100, new byte[10], adaptation: [flags]).ToArray();

        Assert.Equal(randomAccess, TsPacket.RandomAccessIndicator(packet));
        Assert.Equal(discontinuity, TsPacket.DiscontinuityIndicator(packet));
    }

    [Theory]
    [InlineData(184)]
    [InlineData(183)]
    [InlineData(182)]
    [InlineData(1)]
    public void Payload_AnySize_IsWhatWasWritten(int size)
    {
        var payload = Enumerable.Range(1, size).Select(i => (byte)i).ToArray();
        var packet = new TsBuilder().Packet(0x100, payload).ToArray();

        Assert.Equal(TsPacket.Size, packet.Length);
        Assert.Equal(payload, TsPacket.Payload(packet).ToArray());
    }

    [Theory]
    [InlineData(183)]
    [InlineData(184)]
    [InlineData(255)]
    public void Payload_AdaptationFieldFillsOrOverrunsThePacket_IsEmpty(byte length)
    {
        var packet = new TsBuilder().Packet(0x100, new byte[10]).ToArray();
        packet[4] = length;

        Assert.True(TsPacket.Payload(packet).IsEmpty);
    }

    [Fact]
    public void Readers_AnyBytes_NeverThrow()
    {
        var random = new Random(1);
        var packet = new byte[TsPacket.Size];
        for (var i = 0; i < 50_000; i++)
        {
            random.NextBytes(packet);
            Assert.InRange(TsPacket.Payload(packet).Length, 0, 184);
            Assert.InRange(TsPacket.Pid(packet), 0, 0x1FFF);
            if (TsPacket.TryGetPcr(packet, out var pcr))
                Assert.InRange(pcr, 0, ((1L << 33) - 1) * 300 + 511);
        }
    }
}
