using AceProxy.Buffering;
using AceProxy.Cluster;
using AceProxy.Cluster.Leases;
using AceProxy.Cluster.Segments;

namespace AceProxy.Tests.Cluster;

/// <summary>An owner's ring, over a real Redis, into a follower's.</summary>
public sealed class PublishAndFollowTests
{
    private const int Second = 1300; // packets of 2 Mbit/s, about, in whole pieces

    [Fact]
    public async Task Follower_FromTheBegin_HasTheSameRing()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SharingBench owner = new(redis, "owner"), follower = new(redis, "follower");
        owner.Feed(0, 4 * Second);
        Lease lease = await owner.AcquireAsync();
        await owner.PublishAllAsync(lease);
        await follower.FollowAsync();

        AssertSame(owner, follower, 0);
        Assert.True(owner.Counters.SegmentsWritten > 5);
        Assert.Equal(owner.Counters.SegmentsWritten, follower.Counters.SegmentsRead);
        Assert.True(follower.Progress.HasData);
        await lease.DisposeAsync();
    }

    [Fact]
    public async Task Follower_WakeUpsLost_ReadsWhatItMissed()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SharingBench owner = new(redis, "owner"), follower = new(redis, "follower");
        Lease lease = await owner.AcquireAsync();
        Task publishing = owner.Publisher.RunAsync(lease);
        for (int round = 0; round < 4; round++)
        {
            owner.Feed(round * Second, Second);
            await Functional.SafetyNet.EventuallyAsync(() => owner.Shared.Next == owner.Ring.Next, () => "not written");
        }

        owner.Publisher.Finish();
        await publishing;
        await follower.FollowAsync(); // the only time it hears of anything

        AssertSame(owner, follower, 0);
        await lease.DisposeAsync();
    }

    [Fact]
    public async Task OwnSegment_WhoseAnswerWasLost_IsNotPutIntoTheRingAgain()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SharingBench owner = new(redis, "owner"), other = new(redis, "other");
        owner.Feed(0, Second);
        Lease lease = await owner.AcquireAsync();
        await owner.PublishAllAsync(lease);
        (SegmentId last, long published) = (owner.Shared.Last!.Value, owner.Shared.Next);
        owner.Shared.Last = last with { Number = last.Number - 1 };
        owner.Feed(Second, Second); // read after that, and not written any more
        long read = owner.Ring.Next;
        await lease.ReleaseAsync(StreamMessage.Released(null));

        await owner.FollowAsync();

        Assert.Equal((read, false), (owner.Ring.Next, owner.Writer.IsResuming));
        Assert.Equal((last, published), (owner.Shared.Last!.Value, owner.Shared.Next));

        // Who goes on behind what was written reads the same again, and then more.
        await other.FollowAsync();
        Lease next = await other.AcquireAsync();
        other.Feed(Second, 3 * Second);
        await other.PublishAllAsync(next);
        await owner.FollowAsync();
        Assert.False(owner.Writer.IsResuming);
        Assert.Equal(RingContents.From(other.Ring, 0), RingContents.From(owner.Ring, 0));
        await next.DisposeAsync();
    }

    [Fact]
    public async Task Publisher_EnginesFirstBurst_IsWrittenAtOnce()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        var time = new ManualTimeProvider();
        await using SharingBench owner = new(redis, "owner", clock: time);
        Lease lease = await owner.AcquireAsync();
        Task publishing = owner.Publisher.RunAsync(lease);
        owner.Feed(0, 100);
        await Functional.SafetyNet.EventuallyAsync(() => owner.Shared.Next == owner.Ring.Next, () => "the first is not written");

        owner.Feed(100, 1400);
        int passed = 0; // ms; in steps, because a wait may begin between two
        await Functional.SafetyNet.EventuallyAsync(
            () =>
            {
                time.Advance(TimeSpan.FromMilliseconds(passed++ < 200 ? 1 : 0));
                return owner.Shared.Next == owner.Ring.Next;
            },
            () => $"written up to {owner.Shared.Next} of {owner.Ring.Next}");

        owner.Publisher.Finish();
        await publishing;
        await lease.DisposeAsync();
    }

    [Fact]
    public async Task Follower_ThatComesLate_BeginsWithTheBacklogAndKeepsTheNumbers()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SharingBench owner = new(redis, "owner"), follower = new(redis, "follower");
        owner.Feed(0, 40 * Second); // 10 MB: more than the backlog
        Lease lease = await owner.AcquireAsync();
        await owner.PublishAllAsync(lease);
        await follower.FollowAsync();

        Assert.True(follower.Ring.Oldest > 0);
        AssertSame(owner, follower, follower.Ring.Oldest);
        Assert.Equal(0, follower.Shared.Gaps);
        await lease.DisposeAsync();
    }

    [Fact]
    public async Task TakeOver_NextOwnersSegmentsFollowOnWithoutAGap()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SharingBench first = new(redis, "first"), second = new(redis, "second"), follower = new(redis, "follower");
        first.Feed(0, 2 * Second);
        Lease lease = await first.AcquireAsync();
        await first.PublishAllAsync(lease);
        await second.FollowAsync();
        await follower.FollowAsync();
        await lease.ReleaseAsync(StreamMessage.Released(null));

        Lease next = await second.AcquireAsync();
        await second.FollowAsync();
        second.Shared.BeginOwning();
        second.Feed(2 * Second, 2 * Second);
        await second.PublishAllAsync(next);
        await follower.FollowAsync();

        AssertSame(second, follower, 0);
        Assert.Equal(0, follower.Shared.Gaps);
        await lease.DisposeAsync();
        await next.DisposeAsync();
    }

    [Fact]
    public async Task Write_AfterTheLeaseWasTaken_IsRefusedAndNeverRead()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SharingBench stale = new(redis, "stale"), taker = new(redis, "taker"), follower = new(redis, "follower");
        stale.Feed(0, Second);
        Lease lost = await stale.AcquireAsync();
        await stale.PublishAllAsync(lost);
        await follower.FollowAsync();
        await redis.AskAsync($"DEL {ClusterKeys.Lease(SharingBench.Stream)}");
        Lease taken = await taker.AcquireAsync();

        stale.Feed(Second, Second);
        await stale.PublishAllAsync(lost);
        long before = follower.Ring.Next;
        await follower.FollowAsync();

        Assert.True(lost.Lost.IsCancellationRequested);
        Assert.Equal(before, follower.Ring.Next);
        await lost.DisposeAsync();
        await taken.DisposeAsync();
    }

    [Fact]
    public async Task Garbage_InAKey_IsNamedSkippedAndAGap()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SharingBench owner = new(redis, "owner"), follower = new(redis, "follower");
        owner.Feed(0, 4 * Second);
        Lease lease = await owner.AcquireAsync();
        await owner.PublishAllAsync(lease);
        string key = ClusterKeys.Segment(SharingBench.Stream, lease.Epoch, 5)!;
        Assert.Equal("+OK", await redis.AskAsync($"SET {key} garbage"));
        await follower.FollowAsync();

        Assert.Equal(1, follower.Log.Count(key));
        Assert.Equal((1, 1), (follower.Counters.SegmentsBad, follower.Shared.Gaps));
        Assert.True(follower.Ring.Bytes > 4 * 65536);
        await lease.DisposeAsync();
    }

    [Fact]
    public async Task Expired_Segments_AreMissedAndAGap()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SharingBench owner = new(redis, "owner"), follower = new(redis, "follower");
        owner.Feed(0, 2 * Second);
        Lease lease = await owner.AcquireAsync();
        await owner.PublishAllAsync(lease);
        await follower.FollowAsync();
        long seen = follower.Counters.SegmentsRead;

        owner.Feed(2 * Second, 2 * Second);
        await lease.ReleaseAsync(StreamMessage.Released(null));
        Lease again = await owner.AcquireAsync();
        await owner.PublishAllAsync(again);
        await redis.AskAsync($"DEL {ClusterKeys.Segment(SharingBench.Stream, again.Epoch, 1)}");
        await follower.FollowAsync();

        Assert.True(follower.Counters.SegmentsRead > seen);
        Assert.Equal((1, 1), (follower.Counters.SegmentsMissing, follower.Shared.Gaps));
        await lease.DisposeAsync();
        await again.DisposeAsync();
    }

    [Fact]
    public async Task Publisher_LappedByItsRing_CountsAndSaysThatItContinuesNothing()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        var time = new ManualTimeProvider();
        await using SharingBench owner = new(redis, "owner", clock: time), follower = new(redis, "follower");
        owner.Feed(0, Second);
        Lease lease = await owner.AcquireAsync();
        await owner.PublishAllAsync(lease);
        await follower.FollowAsync();
        await lease.ReleaseAsync(StreamMessage.Released(null));

        owner.Feed(Second, Second);
        long dropped = owner.Ring.Next - owner.Shared.Next;
        time.Advance(TimeSpan.FromSeconds(61));
        owner.Feed(2 * Second, Second); // drops what was never written
        Lease again = await owner.AcquireAsync();
        await owner.PublishAllAsync(again);
        var first = new SegmentId(again.Epoch, 0);
        byte[]? bytes = (await owner.Store.ReadAsync(SharingBench.Stream, first)).Value;
        await follower.FollowAsync();

        Assert.Equal(dropped, owner.Counters.ChunksDropped);
        Assert.Equal(1, owner.Log.Count($"{dropped} chunks were dropped"));
        Assert.True(SegmentCodec.TryDecode(bytes!, first, out Segment? segment, out string? problem), problem);
        Assert.Null(segment.Continues);
        Assert.Null((await owner.Store.LookAsync(SharingBench.Stream)).Value!.Continues);
        Assert.Equal(1, follower.Shared.Gaps);
        await lease.DisposeAsync();
        await again.DisposeAsync();
    }

    private static void AssertSame(SharingBench owner, SharingBench follower, long from)
    {
        Assert.Equal(owner.Ring.Next, follower.Ring.Next);
        Assert.True(follower.Ring.Next - from > 10);
        for (long sequence = from; sequence < owner.Ring.Next; sequence++)
        {
            Assert.Equal(RingContents.Chunk(owner.Ring, sequence), RingContents.Chunk(follower.Ring, sequence));
        }

        RandomAccessPoint[] there = [.. owner.Ring.AccessPoints(null, long.MaxValue).Where(point => point.Position.Sequence >= from)];
        RandomAccessPoint[] here = [.. follower.Ring.AccessPoints(null, long.MaxValue)];
        Assert.NotEmpty(there);
        Assert.Equal(there.Select(point => point.Position), here.Select(point => point.Position));
        Assert.All(there.Zip(here), pair => Assert.Equal(pair.First.Preamble.Bytes, pair.Second.Preamble.Bytes));
    }
}
