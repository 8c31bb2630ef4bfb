using AceProxy.Buffering;
using AceProxy.Delivery;
using AceProxy.Delivery.Direct;
using AceProxy.MpegTs;
using AceProxy.Tests.Buffering;

namespace AceProxy.Tests.Delivery.Direct;

/// <summary>Every chunk goes to every client from here, so a client must leave nothing to the garbage collector.</summary>
public sealed class AllocationTests
{
    private const int Rounds = 30;
    private const int ChunkPackets = 20;

    /// <summary>Below and above the number from which chunks are sent in place.</summary>
    [Fact]
    public async Task Append_OneFollowerOrMany_AllocatesTheSame()
    {
        long none = await AllocatedPerChunkAsync(0);
        long one = await AllocatedPerChunkAsync(1);
        long few = await AllocatedPerChunkAsync(7);
        long many = await AllocatedPerChunkAsync(100);

        TestContext.Current.TestOutputHelper?.WriteLine($"{none}, {one}, {few}, {many} bytes a chunk to 0, 1, 7, 100 followers");
        Assert.Equal((none, none, none), (one, few, many));
        Assert.InRange(none, 0, 200); // the signal for those who wait for a change
    }

    /// <summary>The least of several: now and then the runtime allocates on our thread for itself, when it replaces code that has become hot.</summary>
    private static async Task<long> AllocatedPerChunkAsync(int followers)
    {
        var sender = new DirectSender(new DeliveryOptions { JoinBehind = TimeSpan.Zero, DirectSending = true });
        using var memory = new RingUnderTest(slabPackets: ChunkPackets);
        DirectPlayer[] players = await Task.WhenAll(Enumerable.Range(0, followers).Select(_ => DirectPlayer.ConnectAsync()));
        Assert.All(players, player => player.Join(sender, memory.Ring));
        long least = long.MaxValue;
        for (int round = 0; round < Rounds; round++)
        {
            Chunk chunk = memory.NewChunk(memory.Ring, memory.Ring.Next * ChunkPackets, ChunkPackets);
            long before = GC.GetAllocatedBytesForCurrentThread();
            memory.Ring.Append(chunk);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);

            Assert.All(players, player => Assert.Equal(memory.Ring.Next, player.Follower.Sequence)); // it was sent, and here
            foreach (DirectPlayer player in players)
            {
                await player.UntilAsync(memory.Ring.Next * ChunkPackets * TsPacket.Size);
            }
        }

        Assert.All(players, player => player.Dispose());
        return least;
    }
}
