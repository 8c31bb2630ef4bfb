using AceProxy.MpegTs;

namespace AceProxy.Tests.MpegTs;

public sealed class PesTimestampsTests
{
    private const long Latest = (1L << 33) - 1;

    [Theory]
    [InlineData(0)]
    [InlineData(90_000)]
    [InlineData(0x1_2345_6789)]
    [InlineData(Latest)]
    public void TryRead_PresentationTime_IsBoth(long pts)
    {
        Assert.True(PesTimestamps.TryRead(new TsBuilder().Pes(0x100, new byte[20], pts: pts).ToArray(), out long presentation, out long decoding));
        Assert.Equal((pts, pts), (presentation, decoding));
    }

    [Fact]
    public void TryRead_BothTimes_AreTold()
    {
        // 2 and 1 in the fields of '11': presentation time with prefix 3, decoding time with prefix 1.
        byte[] unit = [0, 0, 1, 0xE0, 0, 0, 0x80, 0xC0, 10, 0x31, 0, 1, 0, 5, 0x11, 0, 1, 0, 3, 9, 9, 9];
        Assert.True(PesTimestamps.TryRead(new TsBuilder().Unit(0x100, unit).ToArray(), out long presentation, out long decoding));
        Assert.Equal((2, 1), (presentation, decoding));
    }

    public static TheoryData<string, byte[]> WithoutTimes() => new()
    {
        { "no times in the header", new TsBuilder().Pes(0x100, new byte[20]).ToArray() },
        { "a unit that goes on", new TsBuilder().Packet(0x100, [0, 0, 1, 0xE0, 0, 0, 0x80, 0x80, 5, 0x21, 0, 1, 0, 1]).ToArray() },
        { "a section", new TsBuilder().Pat((1, 0x1000)).ToArray() },
        { "too short", new TsBuilder().Packet(0x100, [0, 0, 1, 0xE0, 0, 0, 0x80, 0x80, 5, 0x21, 0, 1, 0], start: true).ToArray() },
        { "scrambled", new TsBuilder().Packet(0x100, [0, 0, 1, 0xE0, 0, 0, 0x80, 0x80, 5, 0x21, 0, 1, 0, 1], start: true, scrambled: true).ToArray() },
        { "no payload", new TsBuilder().Packet(0x100, []).ToArray() },
    };

    [Theory]
    [MemberData(nameof(WithoutTimes))]
    public void TryRead_NoneThere_SaysSo(string what, byte[] packet) =>
        Assert.False(PesTimestamps.TryRead(packet, out _, out _), what);
}
