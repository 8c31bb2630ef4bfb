using AceProxy.Cluster;
using AceProxy.Cluster.Connection;
using AceProxy.Cluster.Leases;
using AceProxy.Cluster.Segments;
using AceProxy.Content;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Tests.Functional;
using StackExchange.Redis;

namespace AceProxy.Tests.Cluster;

/// <summary>What somebody else has put under a stream's keys: it is named, stops nobody, and loses nothing.</summary>
public sealed class NonsenseTests : IAsyncLifetime
{
    private const int Second = 1300; // packets of 2 Mbit/s, about, in whole pieces
    private const string List = "a list";
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private RedisServer _redis = null!;
    private ConnectionMultiplexer _somebody = null!;

    private IDatabase Database => _somebody.GetDatabase();

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        _somebody = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{_redis.Port}");
    }

    public async ValueTask DisposeAsync()
    {
        _somebody.Dispose();
        await _redis.DisposeAsync();
    }

    [Theory]
    [InlineData("foo", false)]
    [InlineData("foo", true)]
    [InlineData("foo 123", false)]
    [InlineData(">foo", false)]
    [InlineData("foo bar", true)]
    [InlineData("foo 0", true)]
    [InlineData("foo 123 456", true)]
    [InlineData("foo 9223372036854775807", true)]
    [InlineData("foo 9007199254740992", true)]
    [InlineData("", true)]
    [InlineData(List, true)]
    public async Task Lease_OfNonsense_IsFreeNamedAndOverwritten(string nonsense, bool expires)
    {
        await using SharingBench one = new(_redis, "one"), other = new(_redis, "other");
        RedisKey key = ClusterKeys.Lease(SharingBench.Stream);
        await PutAsync(key, nonsense, expires ? Minute : null);

        Assert.Null((await one.Store.LookAsync(SharingBench.Stream)).Value!.Holder);
        Lease lease = await one.AcquireAsync();
        Assert.Equal(lease.Holder, (await other.Store.LookAsync(SharingBench.Stream)).Value!.Holder);
        Assert.Equal(1, one.Log.Count(key!));

        await PutAsync(key, nonsense, expires ? Minute : null);
        Assert.True(await lease.RenewNowAsync());
        Assert.True(lease.IsLive);
        Assert.Equal(lease.Holder, (await other.Store.LookAsync(SharingBench.Stream)).Value!.Holder);
        Assert.Equal(2, one.Log.Count(key!));
        await lease.DisposeAsync();
    }

    [Theory]
    [InlineData("foo 123", 123)]
    [InlineData("foo 9007199254740991", LeaseHolder.LastEpoch)]
    [InlineData(">foo", 0)]
    public async Task Lease_OfAnotherWorker_IsBelieved(string lease, long epoch)
    {
        await using SharingBench one = new(_redis, "one");
        await PutAsync(ClusterKeys.Lease(SharingBench.Stream), lease, Minute);

        Assert.Equal(new LeaseHolder("foo", epoch), (await one.Store.LookAsync(SharingBench.Stream)).Value!.Holder);
        (Answer<LeaseReply> reply, Lease? taken) = await one.Leases.TryAcquireAsync(SharingBench.Stream, 0);
        Assert.Equal((new LeaseReply(false, new LeaseHolder("foo", epoch)), null), (reply.Value, taken));
    }

    [Theory]
    [InlineData("9223372036854775807", 0)]
    [InlineData("9007199254740992", 0)]
    [InlineData("9007199254740991", 0)]
    [InlineData("9007199254740990", 0)]
    [InlineData("nonsense", 0)]
    [InlineData(List, 0)]
    [InlineData("1", LeaseHolder.LastEpoch)]
    [InlineData("1", LeaseHolder.LastEpoch - 1)]
    public async Task Epoch_OfNonsense_NoTwoLeasesShareOne(string nonsense, long floor)
    {
        await using SharingBench one = new(_redis, "one"), other = new(_redis, "other");
        await PutAsync(ClusterKeys.Epoch(SharingBench.Stream), nonsense, Minute);

        (_, Lease? first) = await one.Leases.TryAcquireAsync(SharingBench.Stream, floor);
        Assert.Equal(first!.Holder, (await other.Store.LookAsync(SharingBench.Stream)).Value!.Holder);
        Assert.True(await first.RenewNowAsync());
        Assert.True(first.IsLive);
        await first.ReleaseAsync(StreamMessage.Released(null));
        (_, Lease? second) = await other.Leases.TryAcquireAsync(SharingBench.Stream, first.Epoch);

        Assert.NotEqual(first.Epoch, second!.Epoch);
        Assert.All([first.Epoch, second.Epoch], epoch => Assert.InRange(epoch, 1, LeaseHolder.LastEpoch));
        await first.DisposeAsync();
        await second.DisposeAsync();
    }

    [Fact]
    public async Task Clients_OfNonsense_LeaseIsRenewedAndOthersAreCountedAgain()
    {
        await using SharingBench one = new(_redis, "one");
        RedisKey key = ClusterKeys.Clients(SharingBench.Stream);
        Lease lease = await one.AcquireAsync();
        bool? isWanted = null;
        lease.WantedElsewhere = wanted => isWanted = wanted;
        await PutAsync(key, "nonsense", null);

        Assert.True(await lease.RenewNowAsync());
        Assert.Equal((false, true), (lease.IsShared, isWanted)); // nobody knows, and all are asked to say so again
        Assert.Equal(1, one.Log.Count(key!));

        await Database.SortedSetAddAsync(key, "two/a", 99999999999999);
        Assert.True(await lease.RenewNowAsync());
        Assert.True(lease.IsShared);
        await lease.DisposeAsync();
    }

    [Theory]
    [InlineData("x")]
    [InlineData(List)]
    public async Task Meta_OfNonsense_IsReplacedByTheNextSegment(string nonsense)
    {
        await using SharingBench owner = new(_redis, "owner"), follower = new(_redis, "follower");
        RedisKey key = ClusterKeys.Meta(SharingBench.Stream);
        await PutAsync(key, nonsense, null);
        Lease lease = await owner.AcquireAsync();
        StreamView view = (await follower.Store.LookAsync(SharingBench.Stream)).Value!;
        Assert.Equal((lease.Holder, null), (view.Holder, view.Newest));

        owner.Feed(0, Second);
        await owner.PublishAllAsync(lease);
        await follower.FollowAsync();

        Assert.Equal(RingContents.From(owner.Ring, 0), RingContents.From(follower.Ring, 0));
        Assert.Equal(1, owner.Log.Count(key!));
        await lease.DisposeAsync();
    }

    [Theory]
    [InlineData(9_000_000_000_000_000)]
    [InlineData(9_000_000_000_000_000_000)]
    public async Task Number_FarAhead_IsNotBelieved(long number)
    {
        await using SharingBench owner = new(_redis, "owner"), follower = new(_redis, "follower");
        Lease lease = await owner.AcquireAsync();
        Task publishing = owner.Publisher.RunAsync(lease);
        await WriteAsync(owner, 0);
        await follower.FollowAsync();

        Assert.False(await follower.Follower.ReadToAsync(new SegmentId(lease.Epoch, number), TestContext.Current.CancellationToken)
            .WaitAsync(SafetyNet.Limit, TestContext.Current.CancellationToken));
        Assert.Equal(0, follower.Counters.SegmentsMissing);

        await Database.HashSetAsync(ClusterKeys.Meta(SharingBench.Stream), "number", number);
        await follower.FollowAsync().WaitAsync(SafetyNet.Limit, TestContext.Current.CancellationToken);
        await Database.HashSetAsync(ClusterKeys.Meta(SharingBench.Stream), [new("beforeEpoch", lease.Epoch - 1), new("beforeNumber", number), new("epoch", lease.Epoch + 1)]);
        await follower.FollowAsync().WaitAsync(SafetyNet.Limit, TestContext.Current.CancellationToken);

        await WriteAsync(owner, Second);
        owner.Publisher.Finish();
        await publishing;
        await follower.FollowAsync();

        Assert.Equal(RingContents.From(owner.Ring, 0), RingContents.From(follower.Ring, 0));
        Assert.Equal(0, follower.Shared.Gaps);
        await lease.DisposeAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(50)]
    public async Task Number_SomewhatAhead_WhatComesIsReadAllTheSame(long ahead)
    {
        await using SharingBench owner = new(_redis, "owner"), follower = new(_redis, "follower");
        Lease lease = await owner.AcquireAsync();
        Task publishing = owner.Publisher.RunAsync(lease);
        await WriteAsync(owner, 0);
        await follower.FollowAsync();

        Assert.True(await follower.Follower.ReadToAsync(
            new SegmentId(lease.Epoch, owner.Shared.Last!.Value.Number + ahead), TestContext.Current.CancellationToken));
        Assert.Equal(ahead, follower.Counters.SegmentsMissing);
        await WriteAsync(owner, Second);
        owner.Publisher.Finish();
        await publishing;
        await follower.FollowAsync();

        Assert.Equal(RingContents.From(owner.Ring, 0), RingContents.From(follower.Ring, 0));
        await lease.DisposeAsync();
    }

    [Fact]
    public async Task Segments_ThatNobodyCanDecode_AreReadAndNamedOnce()
    {
        await using SharingBench owner = new(_redis, "owner"), follower = new(_redis, "follower");
        Lease lease = await owner.AcquireAsync();
        Task publishing = owner.Publisher.RunAsync(lease);
        await WriteAsync(owner, 0);
        long segments = owner.Shared.Last!.Value.Number + 1;
        for (long number = 0; number < segments; number++)
        {
            await Database.StringSetAsync(ClusterKeys.Segment(SharingBench.Stream, lease.Epoch, number), "of another version");
        }

        await follower.FollowAsync();
        await follower.FollowAsync();
        Assert.Equal(segments, follower.Counters.SegmentsBad);
        Assert.Equal(segments, follower.Log.Count(":chunk:"));

        await WriteAsync(owner, Second); // an owner that this worker understands
        owner.Publisher.Finish();
        await publishing;
        await follower.FollowAsync();
        Assert.Equal(segments, follower.Counters.SegmentsBad);
        Assert.True(follower.Counters.SegmentsRead > 0);
        await lease.DisposeAsync();
    }

    [Fact]
    public async Task Segment_OfAnotherType_IsNamedSkippedAndAGap()
    {
        await using SharingBench owner = new(_redis, "owner"), follower = new(_redis, "follower");
        owner.Feed(0, 4 * Second);
        Lease lease = await owner.AcquireAsync();
        await owner.PublishAllAsync(lease);
        RedisKey key = ClusterKeys.Segment(SharingBench.Stream, lease.Epoch, 5);
        await PutAsync(key, List, Minute);

        await follower.FollowAsync();

        Assert.Equal((1, 1), (follower.Counters.SegmentsBad, follower.Shared.Gaps));
        Assert.Equal(1, follower.Log.Count($"{key} is no segment of the stream and is left out: it is empty, or no string"));
        Assert.Equal(owner.Shared.Last, follower.Shared.Last);
        await lease.DisposeAsync();
    }

    [Fact]
    public async Task EveryKey_OfAnotherType_ViewersMissNothingAndAllIsAsItWas()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped() with { Burst = TimeSpan.FromSeconds(10) });
        await using Workers workers = await Workers.StartAsync(2, _redis, engine, ("PROXY_LEASE_TIME", "3"));
        using Viewer first = await Viewer.JoinAsync(workers[0], $"infohash={content.Infohash}");
        using Viewer second = await Viewer.JoinAsync(workers[1], $"infohash={content.Infohash}");
        await Task.WhenAll(first.UntilAsync(checker => checker.Packets > 100), second.UntilAsync(checker => checker.Packets > 100));

        ContentKey stream = new(content.Infohash);
        (RedisKey Key, RedisType Type)[] keys =
        [
            (ClusterKeys.Lease(stream), RedisType.String), (ClusterKeys.Epoch(stream), RedisType.String),
            (ClusterKeys.Meta(stream), RedisType.Hash), (ClusterKeys.Clients(stream), RedisType.SortedSet),
        ];
        foreach ((RedisKey key, _) in keys)
        {
            await PutAsync(key, List, null);
        }

        foreach ((RedisKey key, RedisType type) in keys)
        {
            await SafetyNet.EventuallyAsync(async () => await Database.KeyTypeAsync(key) == type, () => $"{key} is no {type}");
        }

        DateTimeOffset mended = DateTimeOffset.UtcNow;
        await Task.WhenAll(
            first.UntilNewerThanAsync(mended + TimeSpan.FromSeconds(2)), second.UntilNewerThanAsync(mended + TimeSpan.FromSeconds(2)));
        first.Checker.AssertGapless();
        second.Checker.AssertGapless();
        await workers.OwnerAsync();
    }

    /// <summary>Until all of it is in Redis.</summary>
    private static Task WriteAsync(SharingBench owner, long fromPacket)
    {
        owner.Feed(fromPacket, Second);
        return SafetyNet.EventuallyAsync(() => owner.Shared.Next == owner.Ring.Next, () => "not written");
    }

    /// <summary>In one step, whatever workers write there meanwhile.</summary>
    private async Task PutAsync(RedisKey key, string value, TimeSpan? life)
    {
        RedisKey aside = $"{key}:aside";
        await (value == List ? (Task)Database.ListLeftPushAsync(aside, "x") : Database.StringSetAsync(aside, value));
        await Database.KeyExpireAsync(aside, life);
        await Database.KeyRenameAsync(aside, key);
    }
}
