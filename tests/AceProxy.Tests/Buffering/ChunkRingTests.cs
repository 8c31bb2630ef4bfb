using AceProxy.Buffering;
using AceProxy.MpegTs;
using AceProxy.Tests.Gates;

namespace AceProxy.Tests.Buffering;

[Collection(nameof(GatesCollection))]
public sealed class ChunkRingTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void TryAcquire_BeforeDuringAndAfterAChunksTime_IsNotYetAcquiredLapsed()
    {
        using var test = new RingUnderTest(RingUnderTest.Small with { Size = 4 * TsPacket.Size });

        Assert.Equal(ChunkRead.NotYet, test.Ring.TryAcquire(0, out _));
        test.Append(2);
        Assert.Equal(ChunkRead.Acquired, test.Ring.TryAcquire(0, out Chunk? chunk));
        Assert.Equal(RingUnderTest.Numbered(0, 2), chunk!.Bytes.ToArray());
        chunk.Release();
        test.Append(2);
        test.Append(2);

        Assert.Equal(ChunkRead.Lapsed, test.Ring.TryAcquire(0, out chunk));
        Assert.Null(chunk);
        Assert.Equal(ChunkRead.NotYet, test.Ring.TryAcquire(3, out _));
        Assert.Equal((1, 3), (test.Ring.Oldest, test.Ring.Next));
    }

    [Fact]
    public void Append_BeyondTheSize_DropsTheOldestAndGivesTheirMemoryBack()
    {
        using var test = new RingUnderTest(RingUnderTest.Small with { Size = 10 * TsPacket.Size });

        for (int chunk = 0; chunk < 100; chunk++)
        {
            test.Append(1 + (chunk % 5));
            Assert.InRange(test.Ring.Bytes, 1, 10 * TsPacket.Size);
            Assert.Equal(test.Ring.Next - test.Ring.Oldest, test.Pool.Rented);
            Assert.Equal(test.Ring.Bytes, test.Content().Length);
        }
    }

    [Fact]
    public void Append_BeyondTheAge_DropsTheOldest()
    {
        using var test = new RingUnderTest(RingUnderTest.Small with { Ttl = TimeSpan.FromSeconds(10) });
        for (int second = 0; second < 30; second++)
        {
            test.Append(1);
            test.Time.Advance(1);
        }

        Assert.Equal((19, 30), (test.Ring.Oldest, test.Ring.Next));
    }

    [Fact]
    public void Append_BeyondTheCount_DropsTheOldest()
    {
        using var test = new RingUnderTest(RingUnderTest.Small with { Size = 20 * RingUnderTest.Small.ChunkSize, Ttl = TimeSpan.FromSeconds(1) });

        for (int chunk = 0; chunk < 1000; chunk++)
        {
            test.Append(1);
        }

        Assert.InRange(test.Ring.Next - test.Ring.Oldest, 20, 32);
        Assert.Equal(RingUnderTest.Numbered(test.Ring.Oldest, (int)(1000 - test.Ring.Oldest)), test.Content());
    }

    [Fact]
    public void Append_LargerThanTheRing_IsKeptAlone()
    {
        using var test = new RingUnderTest(RingUnderTest.Small with { Size = 2 * TsPacket.Size });
        test.Append(1);

        test.Append(5);

        Assert.Equal((1, 2), (test.Ring.Oldest, test.Ring.Next));
    }

    [Fact]
    public void Append_ReaderHoldsADroppedChunk_ItsBytesStay()
    {
        using var test = new RingUnderTest(RingUnderTest.Small with { Size = 2 * TsPacket.Size });
        test.Append(2);
        test.Ring.TryAcquire(0, out Chunk? held);

        for (int chunk = 0; chunk < 10; chunk++)
        {
            test.Append(2);
        }

        Assert.Equal(RingUnderTest.Numbered(0, 2), held!.Bytes.ToArray());
        Assert.Equal(2, test.Pool.Rented);
        held.Release();
        Assert.Equal(1, test.Pool.Rented);
    }

    [Fact]
    public void Locate_Packet_IsItsChunkAndOffset()
    {
        using var test = new RingUnderTest(RingUnderTest.Small with { Size = 9 * TsPacket.Size });
        test.Append(3);
        test.Append(4);
        test.Append(5); // drops the first

        Assert.Null(test.Ring.Locate(2));
        Assert.Equal(new RingPosition(1, 0), test.Ring.Locate(3));
        Assert.Equal(new RingPosition(1, 3 * TsPacket.Size), test.Ring.Locate(6));
        Assert.Equal(new RingPosition(2, 0), test.Ring.Locate(7));
    }

    [Fact]
    public void Changed_AppendPointAndEnd_EachCompleteWhatWasTakenBefore()
    {
        using var test = new RingUnderTest();
        Action[] changes = [() => test.Append(1), () => test.Ring.Add(new(new(0, 0), 0, default)), test.Ring.Complete, test.Ring.Dispose];
        Assert.All(changes, change =>
        {
            Task before = test.Ring.Changed;
            Assert.False(before.IsCompleted);
            change();
            Assert.True(before.IsCompleted);
            Assert.False(test.Ring.Changed.IsCompleted);
        });
    }

    [Fact]
    public void Complete_WithContent_LetsItBeReadToTheEnd()
    {
        using var test = new RingUnderTest();
        test.Append(2);

        test.Ring.Complete();

        Assert.True(test.Ring.IsCompleted);
        Assert.Equal(RingUnderTest.Numbered(0, 2), test.Content());
        Assert.Equal(ChunkRead.NotYet, test.Ring.TryAcquire(1, out _));
    }

    [Fact]
    public void Dispose_WithContent_GivesEverythingBack()
    {
        var test = new RingUnderTest();
        test.Append(2);
        test.Append(2);

        test.Dispose();
        test.Dispose();

        Assert.Equal((0, 0, true), (test.Pool.Rented, test.Ring.Bytes, test.Ring.IsCompleted));
        Assert.Equal(ChunkRead.Lapsed, test.Ring.TryAcquire(0, out _));
    }

    [Fact]
    public void FindJoin_Points_NewestOldEnoughElseTheOldest()
    {
        using var test = new RingUnderTest(RingUnderTest.Small with { Size = 3 * TsPacket.Size });
        Assert.Null(test.Ring.FindJoin(TimeSpan.Zero));
        for (int chunk = 0; chunk < 3; chunk++)
        {
            test.Append(1);
            test.Ring.Add(new RandomAccessPoint(new RingPosition(chunk, 0), test.Time.GetTimestamp(), default));
            test.Time.Advance(1);
        }

        Assert.Equal([2, 2, 1, 0, 0], new double[] { 0, 1, 2, 3, 99 }.Select(behind => JoinAt(behind)));
        test.Append(2); // drops chunks 0 and 1
        Assert.Equal(2, JoinAt(99));
        test.Append(3);
        Assert.Null(test.Ring.FindJoin(TimeSpan.Zero));

        long JoinAt(double behind) => test.Ring.FindJoin(TimeSpan.FromSeconds(behind))!.Position.Sequence;
    }

    /// <summary>
    /// Small slabs, few of them, in use again at once: a reader that was given memory somebody else has by now would find foreign numbers,
    /// and one that missed a wake-up would never come to the end.
    /// </summary>
    [Fact]
    public async Task TryAcquire_ReadersRaceWithAFastWriter_ReadOnlyWhatWasWrittenThere()
    {
        const int Packets = 150_000;
        using var test = new RingUnderTest(RingUnderTest.Small with { Size = 16 * RingUnderTest.Small.ChunkSize }, slabPackets: RingUnderTest.ChunkPackets + 2);
        using ChunkBuilder builder = test.NewBuilder();
        Task<(long Read, long Lapses, bool SawEnd)>[] readers = [.. Enumerable.Range(0, 6).Select(number => Task.Run(() => ReadAsync(test.Ring, number)))];

        await Task.Run(() =>
        {
            for (int packet = 0; packet < Packets; packet += 3)
            {
                builder.Append(RingUnderTest.Numbered(packet, 3));
                if (packet % 3000 == 0)
                {
                    Thread.Yield();
                }
            }
        }, Cancellation);
        builder.Dispose();
        test.Ring.Complete();

        (long Read, long Lapses, bool SawEnd)[] results = await Task.WhenAll(readers).WaitAsync(TimeSpan.FromSeconds(20), Cancellation);
        Assert.All(results, result => Assert.True(result.SawEnd));
        test.Dispose();
        Assert.Equal(0, test.Pool.Rented);

        async Task<(long, long, bool)> ReadAsync(ChunkRing ring, int number)
        {
            long read = 0, lapses = 0, last = -1;
            for (long sequence = 0; ;)
            {
                Task changed = ring.Changed;
                bool isCompleted = ring.IsCompleted;
                switch (ring.TryAcquire(sequence, out Chunk? chunk))
                {
                    case ChunkRead.NotYet when isCompleted:
                        return (read, lapses, last == Packets - 1);
                    case ChunkRead.NotYet:
                        await changed;
                        continue;
                    case ChunkRead.Lapsed:
                        lapses++;
                        sequence = Math.Max(ring.Oldest, sequence);
                        continue;
                }

                Assert.Equal(sequence, chunk!.Sequence);
                for (int at = 0; at < chunk.Length; at += TsPacket.Size)
                {
                    last = chunk.FirstPacket + (at / TsPacket.Size);
                    Assert.Equal((int)last, RingUnderTest.NumberOf(chunk.Bytes.Slice(at, TsPacket.Size)));
                    read++;
                }

                if (number % 2 == 1 && sequence % 64 == 0)
                {
                    await Task.Yield(); // while holding the chunk: the writer has to go round it
                }

                chunk.Release();
                sequence++;
            }
        }
    }

    /// <summary>The same at its narrowest: two chunks, a slab each, and readers that only ever want the one about to be dropped.</summary>
    [Fact]
    public async Task TryAcquire_ChunkAboutToBeDropped_IsNeverSomebodyElsesMemory()
    {
        const int Chunks = 400_000;
        using var test = new RingUnderTest(RingUnderTest.Small with { Size = 2 * TsPacket.Size, ChunkSize = TsPacket.Size }, slabPackets: 1);
        long acquired = 0;
        Task[] readers = [.. Enumerable.Range(0, 3).Select(_ => Threaded(() =>
        {
            while (!test.Ring.IsCompleted)
            {
                if (test.Ring.TryAcquire(test.Ring.Oldest, out Chunk? chunk) == ChunkRead.Acquired)
                {
                    Assert.Equal((int)chunk!.Sequence, RingUnderTest.NumberOf(chunk.Bytes));
                    chunk.Release();
                    Interlocked.Increment(ref acquired);
                }
            }
        }))];

        await Threaded(() =>
        {
            while (test.Ring.Next < Chunks || (Volatile.Read(ref acquired) == 0 && !Cancellation.IsCancellationRequested))
            {
                test.Append(1);
            }
        });
        test.Ring.Complete();

        await Task.WhenAll(readers);
        test.Dispose();
        Assert.Equal(0, test.Pool.Rented);

        // Each on a thread of its own: the pool might let one run to its end before another begins.
        Task Threaded(Action action) =>
            Task.Factory.StartNew(action, Cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    [Fact]
    public async Task Changed_WaitedForBetweenSingleChunks_NeverLosesAWakeUp()
    {
        using var test = new RingUnderTest(RingUnderTest.Small with { Size = 100 * TsPacket.Size });
        using var taken = new SemaphoreSlim(0);
        Task reader = Task.Run(async () =>
        {
            for (long sequence = 0; sequence < 20_000; sequence++)
            {
                while (true)
                {
                    Task changed = test.Ring.Changed;
                    if (test.Ring.TryAcquire(sequence, out Chunk? chunk) == ChunkRead.Acquired)
                    {
                        chunk!.Release();
                        break;
                    }

                    await changed;
                }

                taken.Release();
            }
        }, Cancellation);

        for (int chunk = 0; chunk < 20_000; chunk++)
        {
            test.Append(1);
            Assert.True(await taken.WaitAsync(TimeSpan.FromSeconds(20), Cancellation), $"nobody woke up for chunk {chunk}");
        }

        await reader;
    }
}
