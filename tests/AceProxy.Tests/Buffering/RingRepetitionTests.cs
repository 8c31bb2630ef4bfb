using AceProxy.Buffering;
using AceProxy.EngineSimulator.Broadcasting;
using AceProxy.MpegTs;

namespace AceProxy.Tests.Buffering;

public sealed class RingRepetitionTests
{
    private static readonly StampedBroadcast Broadcast = new(1_000_000, TimeSpan.FromSeconds(0.4));

    [Fact]
    public void IsThere_StreamThatGoesOn_IsFalse()
    {
        using var ring = new RingUnderTest();
        using ChunkBuilder builder = ring.NewBuilder();
        for (int packet = 0; packet < 3_000; packet += 100)
        {
            Write(builder, packet, 100);
            Assert.False(RingRepetition.IsThere(ring.Ring));
        }
    }

    [Fact]
    public void IsThere_PieceAgain_IsTrue()
    {
        using var ring = new RingUnderTest();
        using ChunkBuilder builder = ring.NewBuilder();
        Write(builder, 0, 2_000);
        Assert.False(RingRepetition.IsThere(ring.Ring));
        Write(builder, 1_000, 200);

        Assert.True(RingRepetition.IsThere(ring.Ring));
    }

    [Fact]
    public void IsThere_NothingOrNoClocks_IsFalse()
    {
        using var ring = new RingUnderTest();
        Assert.False(RingRepetition.IsThere(ring.Ring));

        ring.Append(5);
        ring.Append(5);
        Assert.False(RingRepetition.IsThere(ring.Ring));
    }

    private static void Write(ChunkBuilder builder, long first, int packets)
    {
        byte[] bytes = new byte[packets * TsPacket.Size];
        Broadcast.Read(first, bytes);
        builder.Append(bytes);
        builder.Flush();
    }
}
