using AceProxy.Buffering;
using AceProxy.Delivery;
using AceProxy.Delivery.Direct;
using AceProxy.MpegTs;
using AceProxy.Tests.Buffering;
using AceProxy.Tests.Functional;

namespace AceProxy.Tests.Delivery.Direct;

/// <summary>One client on a real connection: what it gets in every state, and how each of them ends.</summary>
public sealed class DirectClientTests : IDisposable
{
    private const int Tiny = 4096; // of both buffers: with a small window the kernel cuts what it takes into small pieces
    private const int ChunkPackets = 348;
    private const int ChunkBytes = ChunkPackets * TsPacket.Size;

    private readonly DirectSender _sender = new(new DeliveryOptions { JoinBehind = TimeSpan.Zero, DirectSending = true });
    private readonly RingUnderTest _memory = new(RingUnderTest.Small with { ChunkSize = 65536 }, slabPackets: ChunkPackets);

    private ChunkRing Ring => _memory.Ring;

    public void Dispose()
    {
        _memory.Dispose();
        Assert.Equal(0, _memory.Pool.Rented);
    }

    [Fact]
    public async Task Push_FollowerWithRoom_IsSentToOnThePublishersThread()
    {
        using DirectPlayer player = (await DirectPlayer.ConnectAsync()).Join(_sender, Ring);

        for (int chunk = 1; chunk <= 20; chunk++)
        {
            _memory.Append(chunk);
            Assert.Equal(chunk, player.Follower.Sequence); // already when the append returns
        }

        Ring.Complete();
        Assert.Equal(DirectEnd.Completed, await player.EndAsync());
        Assert.Equal(210 * TsPacket.Size, player.Client.Bytes);
        await player.UntilAsync(210 * TsPacket.Size);
        Assert.Equal(20, player.Body.Chunks);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    public async Task Push_SocketTakesAFewBytesAtATime_FramesAreExactWhereverTheyWereCut(int clients)
    {
        DirectPlayer[] players = await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => DirectPlayer.ConnectAsync(Tiny, Tiny)));
        Assert.All(players, player => player.Join(_sender, Ring));
        var random = new Random(1);
        long total = 0;
        bool wasCut = false;
        for (int chunk = 0; chunk < 60; chunk++)
        {
            int packets = random.Next(1, ChunkPackets + 1);
            _memory.Append(packets);
            wasCut |= players[0].Follower.IsInMidFrame;
            total += packets * TsPacket.Size;
            await Task.WhenAll(players.Select(player => player.UntilAsync(total, () => random.Next(1, 9000))));
        }

        Ring.Complete();
        foreach (DirectPlayer player in players)
        {
            Assert.Equal(DirectEnd.Completed, await player.EndAsync());
            Assert.Equal((total, total), (player.Body.Bytes, player.Client.Bytes));
            player.Dispose();
        }

        Assert.True(wasCut, "nothing was ever sent in part");
    }

    [Fact]
    public async Task Push_SocketFullThenRead_CatchesUpAndFollowsAgain()
    {
        using DirectPlayer player = (await DirectPlayer.ConnectAsync(Tiny, Tiny)).Join(_sender, Ring);
        long total = 0;
        for (int round = 0; round < 5; round++)
        {
            total += AppendUntilStuck(player);
            await player.UntilAsync(total);

            // A small one fits a socket that has been emptied: once it follows, it has been sent when the append returns.
            await SafetyNet.EventuallyAsync(
                () =>
                {
                    _memory.Append(1);
                    total += TsPacket.Size;
                    return player.Follower.Sequence == Ring.Next;
                },
                () => "it never follows again");
            await player.UntilAsync(total);
        }

        Ring.Complete();
        Assert.Equal(DirectEnd.Completed, await player.EndAsync());
    }

    [Fact]
    public async Task Follow_CompletedWhileCatchingUp_GetsEverythingFirst()
    {
        using DirectPlayer player = (await DirectPlayer.ConnectAsync(Tiny, Tiny)).Join(_sender, Ring);
        long total = AppendUntilStuck(player);

        Ring.Complete();

        Assert.False(player.End.IsCompleted);
        await player.UntilAsync(total);
        Assert.Equal(DirectEnd.Completed, await player.EndAsync());
        Assert.False(player.Follower.IsInMidFrame);
    }

    [Fact]
    public async Task Follow_CompletedBeforeAnyChunk_IsCompleted()
    {
        using DirectPlayer player = (await DirectPlayer.ConnectAsync()).Join(_sender, Ring); // has arrived, and nobody took it in yet

        Ring.Complete();

        Assert.Equal(DirectEnd.Completed, await player.EndAsync());
    }

    [Fact]
    public async Task Follow_OfACompletedRing_GetsWhatIsThere()
    {
        _memory.Append(ChunkPackets);
        Ring.Complete();

        using DirectPlayer player = (await DirectPlayer.ConnectAsync()).Join(_sender, Ring);

        Assert.Equal(DirectEnd.Completed, await player.EndAsync());
        await player.UntilAsync(ChunkBytes);
    }

    [Fact]
    public async Task Follow_CompletedWhileItArrives_NeverWaitsForAChunkThatDoesNotCome()
    {
        using DirectPlayer player = await DirectPlayer.ConnectAsync();
        using var both = new Barrier(2);
        for (int round = 0; round < 3000; round++)
        {
            using var ring = new ChunkRing(RingUnderTest.Small with { ChunkAge = TimeSpan.FromSeconds(10) }, _memory.Time);
            int later = round % 100; // sometimes before, sometimes after, sometimes just then
            Task completing = Task.Run(() =>
            {
                both.SignalAndWait(SafetyNet.Limit);
                Thread.SpinWait(later);
                ring.Complete();
            }, TestContext.Current.CancellationToken);
            both.SignalAndWait(SafetyNet.Limit, TestContext.Current.CancellationToken);
            player.Join(_sender, ring);

            Assert.Equal(DirectEnd.Completed, await player.EndAsync());
            await completing;
        }
    }

    [Fact]
    public async Task Leave_WhileFollowing_IsGoneBetweenFrames()
    {
        using DirectPlayer player = (await DirectPlayer.ConnectAsync()).Join(_sender, Ring);
        _memory.Append(ChunkPackets);

        player.HangUp();

        Assert.Equal(DirectEnd.Gone, await player.EndAsync());
        Assert.False(player.Follower.IsInMidFrame);
        _memory.Append(ChunkPackets);
        Assert.Equal(1, player.Follower.Sequence);
    }

    [Fact]
    public async Task Leave_WhileArriving_IsGone()
    {
        using DirectPlayer player = (await DirectPlayer.ConnectAsync()).Join(_sender, Ring);

        player.HangUp();

        Assert.Equal(DirectEnd.Gone, await player.EndAsync());
        _memory.Append(ChunkPackets);
        Assert.Equal(0, player.Follower.Sequence);
    }

    [Fact]
    public async Task Leave_BeforeItFollows_IsGone()
    {
        _memory.Append(ChunkPackets);
        using DirectPlayer player = await DirectPlayer.ConnectAsync();
        player.HangUp();

        player.Join(_sender, Ring);

        Assert.Equal(DirectEnd.Gone, await player.EndAsync());
    }

    [Fact]
    public async Task Leave_WhileCatchingUp_IsGoneInMidFrameAndItsChunkIsGivenBack()
    {
        using DirectPlayer player = (await DirectPlayer.ConnectAsync(Tiny, Tiny)).Join(_sender, Ring);
        AppendUntilStuck(player);

        player.HangUp();

        Assert.Equal(DirectEnd.Gone, await player.EndAsync());
        Assert.True(player.Follower.IsInMidFrame);
        Assert.True(player.Client.IsSending); // which is why its connection is cut
    }

    [Fact]
    public async Task Follow_LappedWhileCatchingUp_LapsesBetweenFrames()
    {
        using DirectPlayer player = (await DirectPlayer.ConnectAsync(Tiny, Tiny)).Join(_sender, Ring);
        AppendUntilStuck(player);
        long stuckAt = player.Follower.Sequence;
        while (Ring.Oldest <= stuckAt + 1)
        {
            _memory.Append(ChunkPackets);
        }

        await player.UntilAsync((stuckAt + 1) * ChunkBytes); // the one it is in the midst of is held for it

        Assert.Equal(DirectEnd.Lapsed, await player.EndAsync());
        Assert.False(player.Follower.IsInMidFrame);
        Assert.Equal(stuckAt + 1, player.Follower.Sequence);
        Assert.Equal(stuckAt + 1, player.Body.Chunks);
    }

    [Fact]
    public async Task Push_ChunkDropsOutOfTheRingWhenHalfOfItIsSent_ConnectionCanOnlyBeCut()
    {
        var interrupting = new InterruptingTime();
        using DirectPlayer player = (await DirectPlayer.ConnectAsync(Tiny, Tiny)).Join(_sender, Ring);
        using DirectPlayer first = (await DirectPlayer.ConnectAsync(time: interrupting)).Join(_sender, Ring); // who came last is sent to first
        interrupting.Once = () =>
        {
            while (Ring.Oldest == 0)
            {
                _memory.Append(ChunkPackets);
            }
        };

        _memory.Append(ChunkPackets);

        Assert.Equal(DirectEnd.Gone, await player.EndAsync()); // had it lapsed, more would be said in the midst of a frame
        Assert.True(player.Follower.IsInMidFrame);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Push_ConnectionReset_IsGone(bool whileStuck)
    {
        using DirectPlayer player = (await DirectPlayer.ConnectAsync(Tiny, Tiny)).Join(_sender, Ring);
        if (whileStuck)
        {
            AppendUntilStuck(player);
        }

        player.Peer.LingerState = new(enable: true, seconds: 0);
        player.Peer.Dispose();

        await SafetyNet.EventuallyAsync(
            () =>
            {
                _memory.Append(1);
                return player.End.IsCompleted;
            },
            () => "it goes on after a reset");
        Assert.Equal(DirectEnd.Gone, await player.EndAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Push_ServerHasClosedTheSocket_IsGone(bool whileStuck)
    {
        using DirectPlayer player = (await DirectPlayer.ConnectAsync(Tiny, Tiny)).Join(_sender, Ring);
        if (whileStuck)
        {
            AppendUntilStuck(player);
        }

        player.Server.Dispose();
        _memory.Append(ChunkPackets);

        Assert.Equal(DirectEnd.Gone, await player.EndAsync());
    }

    /// <summary>Until it is in the midst of a chunk and has more before it.</summary>
    /// <returns>The bytes appended.</returns>
    private long AppendUntilStuck(DirectPlayer player)
    {
        long bytes = 0;
        do
        {
            _memory.Append(ChunkPackets);
            bytes += ChunkBytes;
        }
        while (player.Follower.Sequence > Ring.Next - 3);

        Assert.True(player.Follower.IsInMidFrame);
        return bytes;
    }
}
