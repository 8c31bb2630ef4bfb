using System.Globalization;
using System.Text;
using AceProxy.Buffering;
using AceProxy.MpegTs;

namespace AceProxy.Tests.Buffering;

public sealed class ChunkFrameTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(0xF)]
    [InlineData(0x10)]
    [InlineData(0xFF)]
    [InlineData(0x100)]
    [InlineData(0xFFF)]
    [InlineData(0x1000)]
    [InlineData(0xFFFF)]
    [InlineData(0x10000)]
    [InlineData(0xFFFFF)]
    [InlineData(0x100000)]
    [InlineData(0xFFFFFF)]
    public void Write_AtEveryNumberOfDigits_IsHexWithoutLeadingZeros(int length) => AssertFrame(length);

    [Fact]
    public void Write_EveryChunkOfWholePackets_IsItsSizeAndLineEndsAroundUntouchedData()
    {
        for (int length = TsPacket.Size; length <= ChunkFrame.DataFor(65536); length += TsPacket.Size)
        {
            AssertFrame(length);
        }

        AssertFrame(ChunkFrame.DataFor(SlabPool.DefaultSlabSize));
    }

    [Theory]
    [InlineData(65536, 65424)]
    [InlineData(1316, 1128)]
    [InlineData(7 * 188 + 10, 7 * 188)]
    [InlineData(7 * 188 + 9, 6 * 188)]
    public void DataFor_ARegion_IsWholePacketsThatFitWithTheirFrame(int region, int data)
    {
        Assert.Equal(data, ChunkFrame.DataFor(region));
        Assert.InRange(ChunkFrame.HeadRoom + data + ChunkFrame.Tail, 0, region);
    }

    private static void AssertFrame(int length)
    {
        const byte Before = 0xEE, Data = 0x47;
        byte[] slab = new byte[ChunkFrame.HeadRoom + length + ChunkFrame.Tail + 1];
        slab.AsSpan().Fill(Before);
        slab.AsSpan(ChunkFrame.HeadRoom, length).Fill(Data);

        int start = ChunkFrame.Write(slab, ChunkFrame.HeadRoom, length);

        byte[] head = Encoding.ASCII.GetBytes(length.ToString("X", CultureInfo.InvariantCulture) + "\r\n");
        Assert.Equal(ChunkFrame.HeadRoom, start + head.Length);
        Assert.Equal(head, slab[start..ChunkFrame.HeadRoom]);
        Assert.Equal(-1, slab.AsSpan(ChunkFrame.HeadRoom, length).IndexOfAnyExcept(Data));
        Assert.Equal("\r\n"u8.ToArray(), slab[^3..^1]);
        Assert.Equal(-1, slab.AsSpan(0, start).IndexOfAnyExcept(Before));
        Assert.Equal(Before, slab[^1]);
    }
}
