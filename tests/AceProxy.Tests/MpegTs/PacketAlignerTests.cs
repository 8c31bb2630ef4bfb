using AceProxy.MpegTs;

namespace AceProxy.Tests.MpegTs;

public sealed class PacketAlignerTests
{
    private const int Size = TsPacket.Size;

    [Fact]
    public void Next_AlignedStream_PassesWhole()
    {
        var stream = Packets(20);
        var alignment = Alignment.Of(stream);

        Assert.Equal(stream, alignment.Output);
        Assert.Equal(0, alignment.Aligner.SkippedBytes);
        Assert.Equal(0, alignment.Aligner.SyncLosses);
    }

    [Fact]
    public void Next_SplitAtEveryOffset_LosesNothing()
    {
        byte[] stream = [.. Garbage(7), .. Packets(12)];
        var expected = stream[7..];
        for (var split = 0; split <= stream.Length; split++)
        {
            var alignment = new Alignment();
            alignment.Add(stream.AsSpan(0, split));
            alignment.Add(stream.AsSpan(split));

            Assert.Equal(expected, alignment.Output);
            Assert.Equal(7, alignment.Aligner.SkippedBytes);
        }
    }

    [Fact]
    public void Next_OneByteAtATime_LosesNothing()
    {
        byte[] stream = [.. Garbage(300), .. Packets(12)];
        var alignment = Alignment.Of(stream, () => 1);

        Assert.Equal(stream[300..], alignment.Output);
    }

    [Fact]
    public void Next_FourPackets_AreNotYetBelieved_FiveSyncBytesAre()
    {
        var stream = Packets(5);
        var aligner = new PacketAligner();

        aligner.Next(stream.AsSpan(0, 4 * Size), out var skip, out var length);
        Assert.Equal((0, 0), (skip, length));

        aligner.Next(stream.AsSpan(0, (4 * Size) + 1), out skip, out length);
        Assert.Equal((0, 4 * Size), (skip, length));
    }

    [Fact]
    public void Next_FourFalseSyncBytesInStep_AreNotBelieved()
    {
        // Every packet of four has a sync byte in the same place of its payload, and the first packet's head is missing.
        var stream = Packets(10);
        for (var i = 0; i < 4; i++)
            stream[(i * Size) + 50] = TsPacket.SyncByte;
        var alignment = Alignment.Of(stream[10..]);

        Assert.Equal(stream[Size..], alignment.Output);
    }

    [Fact]
    public void Next_OnePacketWithoutSyncByte_CostsThatPacketOnly()
    {
        var stream = Packets(20);
        stream[8 * Size] = 0;
        var alignment = Alignment.Of(stream);

        Assert.Equal([.. stream[..(8 * Size)], .. stream[(9 * Size)..]], alignment.Output);
        Assert.Equal(1, alignment.Aligner.SyncLosses);
        Assert.Equal(Size, alignment.Aligner.SkippedBytes);
        Assert.Equal(0, alignment.Aligner.BytesSinceAligned);
    }

    [Fact]
    public void Next_SyncLostSoonAfterACallBegins_FewPacketsBeforeItAreKept()
    {
        var stream = Packets(20);
        stream[8 * Size] = 0;
        var alignment = new Alignment();
        alignment.Add(stream.AsSpan(0, 6 * Size));
        alignment.Add(stream.AsSpan(6 * Size));

        Assert.Equal([.. stream[..(8 * Size)], .. stream[(9 * Size)..]], alignment.Output);
        Assert.Equal(1, alignment.Aligner.SyncLosses);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(187)]
    [InlineData(188)]
    [InlineData(5000)]
    public void Next_GarbageBetweenPackets_IsCutOut(int length)
    {
        var stream = Packets(20);
        var alignment = Alignment.Of([.. stream[..(10 * Size)], .. Garbage(length), .. stream[(10 * Size)..]], () => 1000);

        Assert.Equal(stream, alignment.Output);
        Assert.Equal(length, alignment.Aligner.SkippedBytes);
    }

    [Fact]
    public void Next_SameByteEverywhere_IsTakenAsItComes()
    {
        var stream = Enumerable.Repeat(TsPacket.SyncByte, 50 * Size).ToArray();

        Assert.Equal(stream, Alignment.Of(stream, () => 77).Output);
    }

    [Fact]
    public void Next_NeverAligned_CountsWhatItSkips()
    {
        var alignment = Alignment.Of(Garbage(100_000), () => 1500);

        Assert.Empty(alignment.Output);
        Assert.Equal(100_000, alignment.Aligner.BytesSinceAligned + alignment.Held);
        Assert.Equal(alignment.Aligner.SkippedBytes, alignment.Aligner.BytesSinceAligned);
    }

    [Fact]
    public void Reset_AfterAPartialPacket_AlignsAnew()
    {
        var stream = Packets(20);
        var aligner = new PacketAligner();
        aligner.Next(stream, out _, out _);
        aligner.Reset();

        aligner.Next(stream.AsSpan(100), out var skip, out var length);

        Assert.Equal((Size - 100, 19 * Size), (skip, length));
        Assert.Equal(0, aligner.SyncLosses);
    }

    [Fact]
    public void Flush_InStep_GivesWholePacketsAndCountsTheRest()
    {
        var stream = Packets(10);
        var aligner = new PacketAligner();
        aligner.Next(stream.AsSpan(0, 6 * Size), out _, out _);

        Assert.Equal(2 * Size, aligner.Flush(stream.AsSpan(6 * Size, (2 * Size) + 30)));
        Assert.Equal(30, aligner.SkippedBytes);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Flush_ShortStreamOfWholePackets_IsNotLost(int count)
    {
        byte[] stream = [.. Garbage(33), .. Packets(count)];
        var alignment = Alignment.Of(stream);
        Assert.Empty(alignment.Output);

        Assert.Equal(stream[33..], alignment.End());
    }

    [Fact]
    public void Flush_OutOfStepAndNotEndingWithAPacket_GivesNothing()
    {
        var alignment = Alignment.Of(Packets(4)[..^1]);

        Assert.Empty(alignment.End());
        Assert.Equal((4 * Size) - 1, alignment.Aligner.SkippedBytes);
    }

    [Fact]
    public void Flush_AfterIt_StartsAfresh()
    {
        var stream = Packets(6);
        var aligner = new PacketAligner();
        aligner.Next(stream, out _, out _);
        aligner.Flush([]);

        aligner.Next(stream.AsSpan(0, Size), out _, out var length);

        Assert.Equal(0, length);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Next_DamagedStreamInRandomPieces_IsAlwaysAlignedAndLosesLittle(int seed)
    {
        var random = new Random(seed);
        var input = new List<byte>();
        for (var run = 0; run < 60; run++)
        {
            input.AddRange(Packets(random.Next(1, 30)));
            var garbage = new byte[random.Next(0, 700)];
            random.NextBytes(garbage);
            input.AddRange(garbage);
        }

        var alignment = Alignment.Of([.. input], () => random.Next(1, 3000));
        var output = alignment.End();

        Assert.All(output.Chunk(Size), packet => Assert.Equal(TsPacket.SyncByte, packet[0]));
        Assert.Equal(input.Count, output.Length + alignment.Aligner.SkippedBytes);
        Assert.InRange(output.Length, input.Count / 2, input.Count);
    }

    [Theory]
    [InlineData(0x47, 2)]
    [InlineData(0x40, 256)]
    public void Next_HostileBytes_TakeTimeInProportion(int from, int values)
    {
        // Mostly sync bytes that nearly confirm. A search that was quadratic would not end in the test's time.
        var random = new Random(5);
        var input = new byte[4_000_000];
        for (var i = 0; i < input.Length; i++)
            input[i] = (byte)(from + (random.Next(40) == 0 ? random.Next(values) : 7 - (from & 7)));

        var aligner = new PacketAligner();
        var at = 0;
        var calls = 0;
        while (true)
        {
            aligner.Next(input.AsSpan(at), out var skip, out var length);
            at += skip + length;
            calls++;
            if (length == 0)
                break;
        }

        Assert.InRange(input.Length - at, 0, 4 * Size);
        Assert.InRange(calls, 1, input.Length / Size);
    }

    private static byte[] Packets(int count)
    {
        var builder = new TsBuilder();
        for (var i = 0; i < count; i++)
            builder.Packet(0x100, Enumerable.Repeat((byte)(i & 0x3F), 184).ToArray());
        return builder.ToArray();
    }

    private static byte[] Garbage(int length) => [.. Enumerable.Repeat((byte)0xEE, length)];
}
