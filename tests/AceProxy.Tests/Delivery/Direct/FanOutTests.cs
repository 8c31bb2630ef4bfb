using System.Collections.Concurrent;
using System.Net.Sockets;
using AceProxy.Buffering;
using AceProxy.Delivery;
using AceProxy.Delivery.Direct;
using AceProxy.MpegTs;
using AceProxy.Tests.Buffering;
using AceProxy.Tests.Functional;
using AceProxy.Tests.Gates;

namespace AceProxy.Tests.Delivery.Direct;

/// <summary>Many clients of one ring.</summary>
[Collection(nameof(GatesCollection))]
public sealed class FanOutTests
{
    private readonly DirectSender _sender = new(new DeliveryOptions { JoinBehind = TimeSpan.Zero, DirectSending = true });

    [Fact]
    public async Task Join_TwoAtOnceToAFreshRing_AreInTheOneFanOutThatIsPublishedTo()
    {
        using DirectPlayer one = await DirectPlayer.ConnectAsync();
        using DirectPlayer other = await DirectPlayer.ConnectAsync();
        using var memory = new RingUnderTest();
        using var both = new Barrier(2);
        for (int round = 0; round < 1000; round++)
        {
            using var ring = new ChunkRing(memory.Options, memory.Time);
            Task joining = Task.Run(() => Join(one), TestContext.Current.CancellationToken);
            Join(other);
            await joining;

            ring.Append(memory.NewChunk(ring, round, 1));

            Assert.Equal((1, 1), (one.Follower.Sequence, other.Follower.Sequence));
            ring.Complete();
            Assert.Equal((DirectEnd.Completed, DirectEnd.Completed), (await one.EndAsync(), await other.EndAsync()));
            await one.UntilAsync((round + 1) * TsPacket.Size);
            await other.UntilAsync((round + 1) * TsPacket.Size);

            void Join(DirectPlayer player)
            {
                Assert.True(both.SignalAndWait(SafetyNet.Limit));
                player.Join(_sender, ring);
            }
        }
    }

    [Fact]
    public async Task Publish_RingCompletedOnThePublishersThreadMeanwhile_EveryClientIsCompleted()
    {
        using var memory = new RingUnderTest();
        var interrupting = new InterruptingTime();
        DirectPlayer[] players = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => DirectPlayer.ConnectAsync(time: interrupting)));
        Assert.All(players, player => player.Join(_sender, memory.Ring));

        interrupting.Once = memory.Ring.Complete; // when the first of them has been sent to
        memory.Append(1);

        foreach (DirectPlayer player in players)
        {
            Assert.Equal(DirectEnd.Completed, await player.EndAsync());
            await player.UntilAsync(TsPacket.Size);
            player.Dispose();
        }
    }

    [Theory]
    [InlineData(7, false)]
    [InlineData(8, true)]
    public async Task Publish_FromEightFollowersOn_SendsInPlace(int clients, bool inPlace)
    {
        using var memory = new RingUnderTest();
        DirectPlayer[] players = await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => DirectPlayer.ConnectAsync()));
        Assert.All(players, player => player.Join(_sender, memory.Ring));

        memory.Append(3);

        Assert.Equal(ChunkRead.Acquired, memory.Ring.TryAcquire(0, out Chunk? chunk));
        Assert.Equal(inPlace, chunk!.Slab.IsSentInPlace);
        chunk.Release();
        foreach (DirectPlayer player in players)
        {
            await player.UntilAsync(3 * TsPacket.Size);
            player.Dispose();
        }
    }

    /// <summary>
    /// What sendfile has put into the sockets' queues refers to the ring's own pages until the players have read it, acknowledged or not.
    /// So they read nothing while the ring turns over in the same few slabs, and must find everything as it was.
    /// </summary>
    [Fact]
    public async Task Publish_InPlaceToClientsThatReadMuchLater_NoByteUnderWayIsOverwritten()
    {
        using var memory = new RingUnderTest(
            RingUnderTest.Small with { ChunkSize = 65536, Size = 1024 * 1024 }, slabPackets: (SlabPool.DefaultSlabSize / TsPacket.Size) + 1);
        DirectPlayer[] players = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => DirectPlayer.ConnectAsync()));
        Assert.All(players, player => player.Join(_sender, memory.Ring));
        int chunkBytes = ChunkFrame.DataFor(65536);
        var slabs = new HashSet<Slab>();
        int inPlace = 0;
        using (ChunkBuilder builder = memory.NewBuilder())
        {
            for (int chunk = 0; chunk < 400; chunk++)
            {
                builder.Append(RingUnderTest.Numbered(builder.NextPacket, chunkBytes / TsPacket.Size));
                Assert.Equal(ChunkRead.Acquired, memory.Ring.TryAcquire(chunk, out Chunk? newest));
                slabs.Add(newest!.Slab);
                inPlace += newest.Slab.IsSentInPlace ? 1 : 0;
                newest.Release();
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{inPlace} of 400 chunks sent in place, {slabs.Count} slabs");
        Assert.True(inPlace * chunkBytes > 2 * memory.Options.Size, $"only {inPlace} chunks were sent in place");
        Assert.True(slabs.Count <= 12, $"{slabs.Count} slabs for a ring of 4");
        foreach (DirectPlayer player in players)
        {
            while (!player.End.IsCompleted)
            {
                await player.ReadUnlessEndedAsync();
            }

            Assert.Equal(DirectEnd.Lapsed, await player.EndAsync());
            await player.UntilAsync(player.Follower.Sequence * chunkBytes);
            Assert.Equal(player.Follower.Sequence, player.Body.Chunks);
            player.Dispose();
        }

        memory.Dispose();
        Assert.Equal(0, memory.Pool.Rented);
    }

    [Fact]
    public async Task Publish_ClientsOfAllSpeedsThatComeAndGo_FramesAreExactAndNobodyIsStuck()
    {
        ConcurrentQueue<Exception> unobserved = [];
        EventHandler<UnobservedTaskExceptionEventArgs> observe = (_, args) => unobserved.Enqueue(args.Exception);
        TaskScheduler.UnobservedTaskException += observe;
        using var memory = new RingUnderTest(RingUnderTest.Small with { ChunkSize = 8192 }, slabPackets: 400);
        using (ChunkBuilder builder = memory.NewBuilder())
        {
            Task<StressTally>[] clients =
                [.. Enumerable.Range(0, 32).Select(seed => Task.Run(() => StressAsync(memory, seed), TestContext.Current.CancellationToken))];
            var random = new Random(99);
            for (int chunk = 0; chunk < 6000; chunk++)
            {
                builder.Append(RingUnderTest.Numbered(builder.NextPacket, random.Next(1, 60)));
                if (chunk % 8 == 0)
                {
                    await Task.Delay(1, TestContext.Current.CancellationToken); // so that the faster clients keep up and the slower do not
                }

                if (random.Next(20) == 0)
                {
                    builder.Flush();
                }
            }

            builder.Flush();
            memory.Ring.Complete();
            StressTally[] tallies = await Task.WhenAll(clients).WaitAsync(SafetyNet.Limit, TestContext.Current.CancellationToken);
            TestContext.Current.TestOutputHelper?.WriteLine(
                $"{tallies.Sum(tally => tally.Chunks)} chunks, {tallies.Sum(tally => tally.Lapses)} lapses, {tallies.Sum(tally => tally.Aborts)} aborts");
            Assert.All(tallies, tally => Assert.True(tally.Chunks > 0));
            Assert.True(tallies.Sum(tally => tally.Aborts) > 0);
            Assert.True(tallies.Sum(tally => tally.Lapses) > 0);
        }

        memory.Dispose();
        await SafetyNet.EventuallyAsync(() => memory.Pool.Rented == 0, () => $"{memory.Pool.Rented} slabs are left");
        GC.Collect();
        GC.WaitForPendingFinalizers();
        TaskScheduler.UnobservedTaskException -= observe;
        Assert.DoesNotContain(unobserved, exception => exception.ToString().Contains("Delivery.Direct", StringComparison.Ordinal));
    }

    /// <summary>Plays until the ring is completed, connecting anew whenever it has hung up.</summary>
    private async Task<StressTally> StressAsync(RingUnderTest memory, int seed)
    {
        var random = new Random(seed);
        int speed = random.Next(200, 40_000);
        var tally = new StressTally();
        while (true)
        {
            using DirectPlayer player = await DirectPlayer.ConnectAsync(
                random.Next(3) == 0 ? 4096 : null, random.Next(3) == 0 ? 4096 : null);
            int patience = random.Next(4) > 0 ? random.Next(1, 400) : int.MaxValue;
            DirectEnd end = DirectEnd.Lapsed;
            long chunksBefore = 0;
            while (end == DirectEnd.Lapsed)
            {
                long first = random.Next(2) == 0 ? memory.Ring.Oldest : Math.Max(0, memory.Ring.Next - 1);
                player.NextPacket = -1;
                player.Join(_sender, memory.Ring, first);
                while (!player.End.IsCompleted && patience-- > 0)
                {
                    await player.ReadUnlessEndedAsync(random.Next(1, speed));
                    if (random.Next(50) == 0)
                    {
                        await Task.Delay(random.Next(1, 15), TestContext.Current.CancellationToken);
                    }
                }

                if (!player.End.IsCompleted)
                {
                    tally.Aborts++;
                    if (random.Next(2) == 0)
                    {
                        player.Peer.LingerState = new LingerOption(enable: true, seconds: 0);
                        player.Peer.Dispose();
                    }

                    player.HangUp();
                    end = await player.EndAsync();
                    Assert.True(end is DirectEnd.Gone or DirectEnd.Completed or DirectEnd.Lapsed);
                    end = DirectEnd.Gone;
                    break;
                }

                end = await player.EndAsync();
                Assert.NotEqual(DirectEnd.Gone, end);
                Assert.False(player.Follower.IsInMidFrame);
                chunksBefore += player.Follower.Sequence - first;
                while (player.Body.Chunks < chunksBefore)
                {
                    await player.ReadAsync();
                }

                Assert.Equal(chunksBefore, player.Body.Chunks);
                tally.Lapses += end == DirectEnd.Lapsed ? 1 : 0;
            }

            tally.Chunks += player.Body.Chunks;
            if (end == DirectEnd.Completed || (memory.Ring.IsCompleted && tally.Chunks > 0))
            {
                return tally;
            }
        }
    }

    private sealed class StressTally
    {
        public long Chunks { get; set; }

        public int Lapses { get; set; }

        public int Aborts { get; set; }
    }
}
