using AceProxy.Buffering;
using AceProxy.Cluster;
using AceProxy.Cluster.Connection;
using AceProxy.Cluster.Leases;
using AceProxy.Cluster.Segments;
using AceProxy.Cluster.Sharing;
using AceProxy.Cluster.Workers;
using AceProxy.Content;
using AceProxy.EngineSimulator.Broadcasting;
using AceProxy.LiveStreams;
using AceProxy.MpegTs;
using AceProxy.Settings;
using AceProxy.Upstream;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AceProxy.Tests.Cluster;

/// <summary>One worker's end of one stream, without an engine and without HTTP: the test writes its ring, or lets it follow.</summary>
internal sealed class SharingBench : IAsyncDisposable
{
    public static readonly ContentKey Stream = new("1f00000000000000000000000000000000000001");
    private readonly StampedBroadcast _broadcast = new(2_000_000, TimeSpan.FromSeconds(0.5));
    private readonly RedisConnection _redis;
    private readonly ClusterOptions _options;
    private readonly ChunkTicker _ticker;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _loggers;

    /// <param name="clock">What ages chunks and segments; leases and Redis always go by the real one.</param>
    public SharingBench(RedisServer server, string id, double ttl = 60, double lease = 10, TimeProvider? clock = null)
    {
        TimeProvider time = _time = clock ?? TimeProvider.System;
        var settings = new SettingsReader(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["REDIS_HOST"] = "127.0.0.1",
            ["REDIS_PORT"] = $"{server.Port}",
            ["WORKER_ID"] = id,
            ["PROXY_LEASE_TIME"] = $"{lease}",
            ["PROXY_BUFFER_TTL"] = $"{ttl}",
            ["PROXY_CHUNK_SIZE"] = "65536",
            ["REDIS_TIMEOUT"] = "10",
        }).Build());
        _options = ClusterOptions.Read(settings);
        _loggers = LoggerFactory.Create(logging => logging.AddProvider(Log));
        RingOptions ring = RingOptions.Read(settings);
        _redis = new RedisConnection(_options, TimeProvider.System, _loggers.CreateLogger<RedisConnection>());
        Store = new SegmentStore(_redis, ring, _loggers.CreateLogger<SegmentStore>());
        Leases = new Leases(
            _redis, _options, LiveStreamOptions.Read(settings),
            new WorkerIdentity(_options, new ServiceCollection().BuildServiceProvider(), TimeProvider.System), TimeProvider.System,
            _loggers.CreateLogger<Leases>());
        Ring = new ChunkRing(ring, time);
        _ticker = new ChunkTicker(ring, time);
        Writer = new RingWriter(Ring, Pool, _ticker, ring, time);
        Shared = new SharedRing(Ring, Writer, time);
        Follower = new SegmentFollower(Stream, Shared, Store, Progress, Counters, time, Log);
        Publisher = new SegmentPublisher(Stream, Shared, Progress, Store, _options, Counters, time, Log);
    }

    public SlabPool Pool { get; } = new();

    public SegmentStore Store { get; }

    public Leases Leases { get; }

    public ChunkRing Ring { get; }

    public RingWriter Writer { get; }

    public SharedRing Shared { get; }

    public SegmentFollower Follower { get; }

    public SegmentPublisher Publisher { get; }

    /// <summary>What it logs.</summary>
    public RecordedLog Log { get; } = new();

    public ClusterCounters Counters { get; } = new();

    public UpstreamProgress Progress { get; } = new();

    public async Task<Lease> AcquireAsync()
    {
        (Answer<LeaseReply> Reply, Lease? Lease) asked = default;
        for (int attempt = 0; attempt < 10 && !asked.Reply.IsThere; attempt++) // a busy machine
        {
            asked = await Leases.TryAcquireAsync(Stream, 0);
        }

        return asked.Lease ?? throw new InvalidOperationException($"{asked.Reply}");
    }

    /// <summary>Writes packets of the broadcast, in pieces that make a chunk or more each.</summary>
    public void Feed(long fromPacket, int packets)
    {
        byte[] piece = new byte[100 * TsPacket.Size];
        for (int done = 0; done < packets; done += 100)
        {
            for (int i = 0; i < 100; i++)
            {
                _broadcast.Read(fromPacket + done + i, piece.AsSpan(i * TsPacket.Size, TsPacket.Size));
            }

            Writer.WriteWhole(piece);
        }
    }

    /// <summary>Publishes all that is in the ring and ends.</summary>
    public async Task PublishAllAsync(Lease lease)
    {
        var publisher = new SegmentPublisher(
            Stream, Shared, Progress, Store, _options, Counters, _time, Log);
        publisher.Finish();
        await publisher.RunAsync(lease);
    }

    /// <summary>Follows up to what Redis has now.</summary>
    public async Task FollowAsync()
    {
        Answer<StreamView> view = await Store.LookAsync(Stream);
        Assert.True(view.IsThere);
        Assert.True(await Follower.ReadToAsync(view.Value!, TestContext.Current.CancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        Writer.Dispose();
        _ticker.Dispose();
        Ring.Dispose();
        await _redis.DisposeAsync();
        _loggers.Dispose();
        Assert.Equal(0, Pool.Rented);
    }
}
