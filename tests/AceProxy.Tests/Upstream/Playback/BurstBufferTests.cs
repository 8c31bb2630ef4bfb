using AceProxy.Buffering;
using AceProxy.MpegTs;
using AceProxy.Tests.Buffering;
using AceProxy.Tests.LiveStreams;
using AceProxy.Upstream;
using AceProxy.Upstream.Playback;

namespace AceProxy.Tests.Upstream.Playback;

public sealed class BurstBufferTests
{
    [Fact]
    public void BurstIsOver_WhateverReads_PassesOnWhatTheyBrought()
    {
        using var test = new RingUnderTest();
        using RingWriter writer = test.NewWriter();
        byte[] stream = RingUnderTest.Numbered(0, 2000);
        using (var buffer = new BurstBuffer(NewFeed(test, writer)))
        {
            var random = new Random(1);
            for (int at = 0; at < stream.Length;)
            {
                int read = Math.Min(random.Next(1, 50_000), Math.Min(stream.Length - at, buffer.Room.Length));
                stream.AsSpan(at, read).CopyTo(buffer.Room.Span);
                buffer.Filled(read);
                at += read;
                if (random.Next(3) == 0)
                {
                    Memory<byte> underWay = buffer.Room;
                    buffer.BurstIsOver();
                    Assert.Equal(underWay, buffer.Room); // a read may be filling it
                }
            }

            buffer.EndOfConnection();
        }

        Assert.Equal(stream, test.Content());
    }

    [Fact]
    public void Filled_BurstThatNeverEnds_IsPassedOnAllTheSame()
    {
        using var test = new RingUnderTest();
        using RingWriter writer = test.NewWriter();
        using var buffer = new BurstBuffer(NewFeed(test, writer));
        byte[] stream = RingUnderTest.Numbered(0, 4000);
        bool hasPassedOn = false;
        for (int at = 0; at < stream.Length && !hasPassedOn; at += 8000)
        {
            stream.AsSpan(at, 8000).CopyTo(buffer.Room.Span);
            hasPassedOn = buffer.Filled(8000);
        }

        Assert.True(hasPassedOn);
        Assert.NotEmpty(test.Content());
    }

    [Fact]
    public void BurstIsOver_NothingNew_SaysSo()
    {
        using var test = new RingUnderTest();
        using RingWriter writer = test.NewWriter();
        using var buffer = new BurstBuffer(NewFeed(test, writer));

        Assert.False(buffer.BurstIsOver());
    }

    [Theory]
    [InlineData(10)]
    [InlineData(87)] // as many as there is room for: they are passed on before the burst is known to be over
    public void BurstIsOver_ReadsEndedWithAPacket_EndsTheBurst(int packets)
    {
        using var test = new RingUnderTest(RingUnderTest.Small with { ChunkSize = 300 * TsPacket.Size }, slabPackets: 600);
        using RingWriter writer = test.NewWriter();
        using var buffer = new BurstBuffer(NewFeed(test, writer));
        test.Ring.FanOut.Add(new ReadyFollower()); // for a single client a chunk is closed with its burst
        test.Append(1);
        for (int burst = 0; burst < 3; burst++)
        {
            long before = test.Ring.Next;
            RingUnderTest.Numbered(burst * packets, packets).CopyTo(buffer.Room.Span);
            buffer.Filled(packets * TsPacket.Size);

            Assert.True(buffer.BurstIsOver());

            Assert.Equal(before + 1, test.Ring.Next);
        }
    }

    private static PacketFeed NewFeed(RingUnderTest test, RingWriter writer)
    {
        var intake = new UpstreamIntake(
            StreamsUnderTest.Request(new string('0', 40)), test.Ring, writer, new UpstreamProgress(), (_, _) => null);
        return new PacketFeed(intake, waits: false, TimeSpan.FromSeconds(15), test.Time);
    }
}
