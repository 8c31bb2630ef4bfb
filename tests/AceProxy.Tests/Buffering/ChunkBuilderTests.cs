using AceProxy.Buffering;
using AceProxy.MpegTs;

namespace AceProxy.Tests.Buffering;

public sealed class ChunkBuilderTests
{
    private const int Full = RingUnderTest.ChunkPackets;

    [Fact]
    public void Append_LessThanAChunk_IsClosedAtItsAge()
    {
        using var test = new RingUnderTest();
        using ChunkBuilder builder = test.NewBuilder();
        builder.Append(RingUnderTest.Numbered(0, 1));
        test.Time.Advance(TimeSpan.FromMilliseconds(30));
        builder.Append(RingUnderTest.Numbered(1, 1));

        test.Time.Advance(TimeSpan.FromMilliseconds(19));
        Assert.Equal(0, test.Ring.Next);
        test.Time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(1, test.Ring.Next);
        Assert.Equal(RingUnderTest.Numbered(0, 2), test.Content());
    }

    [Fact]
    public void Append_AfterAChunkClosedAtItsSize_NextOneHasAnAgeOfItsOwn()
    {
        using var test = new RingUnderTest();
        using ChunkBuilder builder = test.NewBuilder();
        builder.Append(RingUnderTest.Numbered(0, 1));
        test.Time.Advance(TimeSpan.FromMilliseconds(40));
        builder.Append(RingUnderTest.Numbered(1, Full));

        Assert.Equal(1, test.Ring.Next);
        test.Time.Advance(TimeSpan.FromMilliseconds(49));
        Assert.Equal(1, test.Ring.Next);
        test.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(2, test.Ring.Next);
    }

    [Theory]
    [InlineData(11, 5)] // the fifth finds it 44 ms old
    [InlineData(20, 3)] // the third finds it 40 ms old, and the fourth would come at 60
    [InlineData(33, 2)]
    [InlineData(100, 1)] // alone, there is nothing to wait for
    public void EndOfBurst_NextOneWouldComeTooLate_ClosesTheChunkWithThisOne(int interval, int bursts)
    {
        using var test = new RingUnderTest(RingUnderTest.Small with { ChunkSize = 12 * TsPacket.Size });
        using ChunkBuilder builder = test.NewBuilder();
        var closedWithin = new List<int>();
        for (int burst = 0, open = 1; burst < 60; burst++, open++)
        {
            builder.Append(RingUnderTest.Numbered(burst, 1));
            long before = test.Ring.Next;
            builder.EndOfBurst();
            if (test.Ring.Next > before)
            {
                closedWithin.Add(open);
                open = 0;
            }

            test.Time.Advance(TimeSpan.FromMilliseconds(interval));
        }

        // Until the rhythm has been found the timer does it.
        Assert.All(closedWithin.Skip(4), within => Assert.Equal(bursts, within));
        Assert.True(closedWithin.Count > 5);
    }

    [Theory]
    [InlineData(24, 5, 5, 5)] // behind a chunk's page there is room for two more packets
    [InlineData(25, 5, 3, 5)]
    [InlineData(26, 5, 4, 5)]
    public void Append_SlabHasRoomForMoreThanHalfAChunk_FillsIt(int slab, params int[] chunks)
    {
        using var test = new RingUnderTest(slabPackets: slab);
        using ChunkBuilder builder = test.NewBuilder();
        builder.Append(RingUnderTest.Numbered(0, 40));

        int[] lengths = [.. Enumerable.Range(0, 3).Select(sequence =>
        {
            Assert.Equal(ChunkRead.Acquired, test.Ring.TryAcquire(sequence, out Chunk? chunk));
            chunk!.Release();
            return chunk.Length / TsPacket.Size;
        })];
        Assert.Equal(chunks, lengths);
    }

    [Theory]
    [InlineData(18, 5)] // full after 90 ms, which is less than twice the age
    [InlineData(30, 2)] // it would take 150 ms
    public void EndOfBurst_SourceSoonFillsTheChunk_WaitsUntilItIsFull(int interval, int packets)
    {
        using var test = new RingUnderTest();
        using ChunkBuilder builder = test.NewBuilder();
        for (int burst = 0; burst < 60; burst++)
        {
            builder.Append(RingUnderTest.Numbered(burst, 1));
            builder.EndOfBurst();
            test.Time.Advance(TimeSpan.FromMilliseconds(interval));
        }

        for (long sequence = 10; sequence < test.Ring.Next; sequence++)
        {
            Assert.Equal(ChunkRead.Acquired, test.Ring.TryAcquire(sequence, out Chunk? chunk));
            Assert.Equal(packets, chunk!.Length / TsPacket.Size);
            chunk.Release();
        }

        Assert.True(test.Ring.Next > 11);
    }

    [Fact]
    public void EndOfBurst_SourceThatSoonFillsChunksPauses_ClosesTheChunkAtTwiceItsAge()
    {
        using var test = new RingUnderTest();
        using ChunkBuilder builder = test.NewBuilder();
        for (int burst = 0; burst < 50 || test.Ring.Bytes < builder.NextPacket * TsPacket.Size; burst++) // until a chunk has just been closed
        {
            test.Time.Advance(TimeSpan.FromMilliseconds(18));
            builder.Append(RingUnderTest.Numbered(burst, 1));
            builder.EndOfBurst();
        }

        builder.Append(RingUnderTest.Numbered(0, 1));
        long before = test.Ring.Next;
        test.Time.Advance((2 * test.Options.ChunkAge) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(before, test.Ring.Next);
        test.Time.Advance(TimeSpan.FromMilliseconds(1) + (test.Options.ChunkAge / 5));
        Assert.Equal(before + 1, test.Ring.Next);
    }

    [Fact]
    public void EndOfBurst_SourceSendsSecondsAtOnce_ClosesTheChunkWithTheBurst()
    {
        using var test = new RingUnderTest();
        using ChunkBuilder builder = test.NewBuilder();
        for (int burst = 0; burst < 20; burst++)
        {
            builder.Append(RingUnderTest.Numbered(burst * 8, 8)); // one chunk and a part, at five times the rate of the others
            builder.EndOfBurst();
            Assert.True(burst < 3 || test.Ring.Next == 2 * (burst + 1), $"{test.Ring.Next} chunks after {burst + 1} bursts");
            test.Time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    [Theory]
    [InlineData(0, 0)] // nobody would have it sooner
    [InlineData(1, 1)]
    [InlineData(4, 1)]
    [InlineData(5, 0)] // a piece more for each of many costs more than the wait spares
    public void EndOfBurst_FewFollow_ClosesTheChunkAtOnce(int followers, long chunks)
    {
        using var test = new RingUnderTest(RingUnderTest.Small with { ChunkSize = 12 * TsPacket.Size });
        using ChunkBuilder builder = test.NewBuilder();
        for (int i = 0; i < followers; i++)
        {
            test.Ring.FanOut.Add(new ReadyFollower());
        }

        test.Append(1); // they are followers from the next chunk on
        long before = test.Ring.Next;
        builder.Append(RingUnderTest.Numbered(0, 1));
        builder.EndOfBurst();

        Assert.Equal(chunks, test.Ring.Next - before);
    }

    [Fact]
    public void EndOfBurst_AfterOneLongPause_SoonWaitsForTheNextAgain()
    {
        using var test = new RingUnderTest(RingUnderTest.Small with { ChunkSize = 12 * TsPacket.Size });
        using ChunkBuilder builder = test.NewBuilder();
        long[] closed = new long[9];
        int[] pauses = [20, 20, 20, 8000, 20, 20, 20, 20, 20];
        for (int burst = 0; burst < pauses.Length; burst++)
        {
            builder.Append(RingUnderTest.Numbered(burst, 1));
            builder.EndOfBurst();
            closed[burst] = test.Ring.Next;
            test.Time.Advance(TimeSpan.FromMilliseconds(pauses[burst]));
        }

        Assert.Contains(Enumerable.Range(5, 3), burst => closed[burst] == closed[burst - 1]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(12)]
    [InlineData(60)]
    public void Append_WhateverPieces_NumbersChunksAndPacketsWithoutGaps(int piece)
    {
        using var test = new RingUnderTest();
        using ChunkBuilder builder = test.NewBuilder();
        for (int packet = 0; packet < 300; packet += piece)
        {
            builder.Append(RingUnderTest.Numbered(packet, piece));
        }

        Assert.Equal(300, builder.NextPacket);
        long packets = 0;
        for (long sequence = 0; sequence < test.Ring.Next; sequence++)
        {
            Assert.Equal(ChunkRead.Acquired, test.Ring.TryAcquire(sequence, out Chunk? chunk));
            Assert.Equal((sequence, packets, Full * TsPacket.Size), (chunk!.Sequence, chunk.FirstPacket, chunk.Length));
            packets += Full;
            chunk.Release();
        }

        Assert.Equal(300, packets);
        Assert.Equal(RingUnderTest.Numbered(0, 300), test.Content());
    }

    [Fact]
    public void Append_SlabWithTooLittleRoomForAChunk_TakesAnother()
    {
        // Room for two: each begins on a page of its own, so the second needs its packets behind the first's page.
        int secondChunk = MemoryFile.PageSize / TsPacket.Size;
        using var test = new RingUnderTest(slabPackets: secondChunk + Full + 2);
        using ChunkBuilder builder = test.NewBuilder();

        builder.Append(RingUnderTest.Numbered(0, 6 * Full));

        Assert.Equal(3, test.Pool.Rented);
        Assert.Equal(RingUnderTest.Numbered(0, 6 * Full), test.Content());
    }

    [Fact]
    public void Append_ChunkSizeAboveTheSlabs_IsBoundedByTheSlab()
    {
        using var test = new RingUnderTest(RingUnderTest.Small with { ChunkSize = 1_000_000 }, slabPackets: 4);
        using ChunkBuilder builder = test.NewBuilder();

        builder.Append(RingUnderTest.Numbered(0, 10));
        builder.Flush();

        Assert.Equal(3, test.Ring.Next);
        Assert.Equal(RingUnderTest.Numbered(0, 10), test.Content());
    }

    [Fact]
    public void Locate_AppendedOpenOrNext_IsItsPlace()
    {
        using var test = new RingUnderTest();
        using ChunkBuilder builder = test.NewBuilder();
        builder.Append(RingUnderTest.Numbered(0, Full + 2));

        Assert.Equal(new RingPosition(0, 4 * TsPacket.Size), builder.Locate(4));
        Assert.Equal(new RingPosition(1, TsPacket.Size), builder.Locate(6));
        Assert.Equal(new RingPosition(1, 2 * TsPacket.Size), builder.Locate(7));
        builder.Flush();
        Assert.Equal(new RingPosition(1, TsPacket.Size), builder.Locate(6));
        Assert.Equal(new RingPosition(2, 0), builder.Locate(7));
    }

    [Fact]
    public void Dispose_WithAnOpenChunk_KeepsItAndGivesTheRestBack()
    {
        var test = new RingUnderTest();
        ChunkBuilder builder = test.NewBuilder();
        builder.Append(RingUnderTest.Numbered(0, 2));

        builder.Dispose();
        builder.Append(RingUnderTest.Numbered(2, 2)); // too late: nobody would give its slab back

        Assert.Equal(RingUnderTest.Numbered(0, 2), test.Content());
        test.Dispose();
        Assert.Equal(0, test.Pool.Rented);
    }

    [Fact]
    public void Flush_Empty_MakesNoChunk()
    {
        using var test = new RingUnderTest();
        using ChunkBuilder builder = test.NewBuilder();

        builder.Flush();
        builder.Append([]);
        test.Time.Advance(10);

        Assert.Equal(0, test.Ring.Next);
    }
}
