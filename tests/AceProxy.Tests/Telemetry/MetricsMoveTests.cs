using AceProxy.Cluster;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.LiveStreams;
using AceProxy.Tests.Cluster;
using AceProxy.Tests.Functional;
using AceProxy.Tests.Gateway;
using Microsoft.Extensions.DependencyInjection;
using TwoEngines = AceProxy.Tests.Functional.TwoEngines;

namespace AceProxy.Tests.Telemetry;

/// <summary>Every documented metric moves when what it counts happens.</summary>
public sealed class MetricsMoveTests
{
    private static readonly string[] WhilePlaying =
    [
        "aceproxy_streams", "aceproxy_clients", "aceproxy_stream_received_bytes_total", "aceproxy_stream_sent_bytes_total",
        "aceproxy_stream_bitrate_bytes_per_second", "aceproxy_ring_fill_seconds", "aceproxy_ring_memory_bytes", "aceproxy_client_lag_seconds",
        "aceproxy_send_lateness_seconds", "aceproxy_client_joins_total", "aceproxy_client_join_duration_seconds",
        "aceproxy_session_opening_duration_seconds", "aceproxy_session_openings_total", "aceproxy_engine_sessions",
        "aceproxy_content_clients", "aceproxy_content_received_bytes_total", "aceproxy_content_sent_bytes_total",
        "aceproxy_content_bitrate_bytes_per_second", "aceproxy_content_fill_seconds", "aceproxy_session_peers",
        "aceproxy_session_download_speed_bytes_per_second", "aceproxy_session_upload_speed_bytes_per_second", "aceproxy_session_downloaded_bytes",
        "aceproxy_session_live_lag_seconds",
    ];

    private static readonly string[] AfterAReconnection =
    [
        "aceproxy_upstream_interruptions_total", "aceproxy_upstream_resumptions_total", "aceproxy_upstream_resumption_duration_seconds",
        "aceproxy_upstream_jump_distance_seconds",
    ];

    private static readonly string[] AfterTheEnd = ["aceproxy_client_ends_total", "aceproxy_stream_ends_total"];

    private static readonly string[] AfterADrain = ["aceproxy_engines", "aceproxy_engine_up", "aceproxy_upstream_failovers_total"];

    private static readonly string[] WithNothingFree = ["aceproxy_engine_queue", "aceproxy_engine_sessions_limit"];

    private static readonly string[] WithASlowClient = ["aceproxy_client_jumps_total"];

    private static readonly string[] AfterRefusals =
        ["aceproxy_access_refusals_total", "aceproxy_limit_refusals_total", "aceproxy_server_refusals_total"];

    private static readonly string[] AtTheOwner =
        ["aceproxy_cluster_leases", "aceproxy_cluster_segments_written_total", "aceproxy_cluster_written_bytes_total", "aceproxy_cluster_handovers_total"];

    private static readonly string[] AtTheFollower =
        ["aceproxy_cluster_segments_read_total", "aceproxy_cluster_read_bytes_total", "aceproxy_cluster_takeovers_total", "aceproxy_redis_commands_total"];

    private static readonly string[] WithoutRedis =
        ["aceproxy_redis_up", "aceproxy_redis_queue", "aceproxy_redis_errors_total", "aceproxy_cluster_leases_lost_total"];

    /// <summary>That these are counted is tested where it happens.</summary>
    private static readonly string[] OfCounters =
        ["aceproxy_cluster_segments_missing_total", "aceproxy_cluster_segments_bad_total", "aceproxy_cluster_chunks_dropped_total"];

    private static readonly string[] AtTheGateway =
        ["aceproxy_gateway_placements_total", "aceproxy_gateway_workers", "aceproxy_gateway_unanswered_total"];

    [Fact]
    public void Documented_All_MoveInATestHere() => Assert.Equal(
        DocumentedMetric.All.Select(metric => metric.Name).Order(),
        ((string[])
        [
            .. WhilePlaying, .. AfterAReconnection, .. AfterTheEnd, .. AfterADrain, .. WithNothingFree, .. WithASlowClient, .. AfterRefusals, .. AtTheOwner,
            .. AtTheFollower, .. WithoutRedis, .. OfCounters, .. AtTheGateway,
        ]).Order());

    [Fact]
    public async Task Metrics_AStreamFromItsStartToItsEnd_Move()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped(gopSeconds: 0.4) with { Burst = TimeSpan.FromSeconds(1) });
        await using RunningProxy proxy = await RunningProxy.StartAsync(
            engine, ("METRICS_PER_STREAM", "on"), ("ENGINE_STAT_INTERVAL", "0.2"), ("PROXY_GRACE_PERIOD", "0.1"), ("UPSTREAM_RETRY_DELAY", "0.05"));
        MetricsWatch watch = await MetricsWatch.StartAsync(proxy.Client);

        using (Viewer viewer = await Viewer.JoinAsync(proxy, $"id={content.ContentId}"))
        {
            using var over = new CancellationTokenSource();
            Task reading = ReadAsync(viewer, over.Token);
            await watch.UntilMovedAsync(WhilePlaying);
            Assert.Equal(
                ["first_byte", "header", "queue", "resolve", "session"],
                watch.Last.Of("aceproxy_session_opening_duration_seconds").Keys.Select(ValueOf).Order());
            Assert.Equal(1, watch.Last.Samples["""aceproxy_client_joins_total{outcome="playing"}"""]);
            Assert.Equal(1, watch.Last.Sum("aceproxy_clients"));
            Assert.Equal(1, watch.Last.Sum("aceproxy_streams"));

            content.Update(script => script with { Burst = TimeSpan.FromSeconds(-0.5) }); // what comes next begins later: it jumps
            content.Fault(StreamFault.Reset);
            await watch.UntilMovedAsync(AfterAReconnection);
            Assert.True(watch.Last.Samples["""aceproxy_upstream_jump_distance_seconds_count{kind="missing"}"""] > 0);
            await over.CancelAsync();
            await reading;
        }

        await watch.UntilMovedAsync(AfterTheEnd);
        Assert.Equal(1, watch.Last.Samples["""aceproxy_stream_ends_total{reason="deserted"}"""]);
        Assert.True(watch.Last.Sum("aceproxy_stream_sent_bytes_total") > 0); // of a stream that is gone
    }

    [Fact]
    public async Task Metrics_AnEngineIsDrained_Move()
    {
        await using TwoEngines engines = await TwoEngines.StartAsync(1);
        MetricsWatch watch = await MetricsWatch.StartAsync(engines.Proxy.Client);
        using Viewer viewer = await engines.WatchAsync();

        await engines.DrainAsync();
        await watch.UntilMovedAsync(AfterADrain);

        Assert.Equal(0, watch.Last.Samples[$$"""aceproxy_engine_up{engine="{{engines.First.EndPoint}}"}"""]);
        Assert.Equal(1, watch.Last.Samples["""aceproxy_engines{state="draining"}"""]);
    }

    [Fact]
    public async Task Metrics_EverySlotIsTaken_Move()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent playing = engine.Add(Contents.Stamped(1));
        SimulatedContent waiting = engine.Add(Contents.Stamped(2));
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine, ("ENGINE_MAX_STREAMS", "1"));
        await using RunningProxy other = await RunningProxy.StartAsync(engine, ("ENGINE_MAX_STREAMS", "7"));
        MetricsWatch watch = await MetricsWatch.StartAsync(proxy.Client);
        using Viewer viewer = await Viewer.JoinAsync(proxy, $"infohash={playing.Infohash}");

        using var patience = new CancellationTokenSource();
        Task<HttpResponseMessage> second = proxy.GetAsync($"infohash={waiting.Infohash}", patience.Token);
        await watch.UntilMovedAsync("aceproxy_engine_queue");

        Assert.Equal(1, watch.Last.Sum("aceproxy_engine_sessions_limit"));
        Assert.Equal(7, (await Scrape.OfAsync(other.Client)).Sum("aceproxy_engine_sessions_limit"));
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        await watch.UntilAsync(scrape => scrape.Samples["""aceproxy_client_joins_total{outcome="left"}"""] == 1, () => "it waits on");
    }

    [Fact]
    public async Task Metrics_RequestsAreRefused_Move()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped());
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine, ("MAX_CLIENTS", "1"), ("API_KEY", "0123456789abcdef"));
        MetricsWatch watch = await MetricsWatch.StartAsync(proxy.Client);

        using Viewer viewer = await Viewer.JoinAsync(proxy, $"infohash={content.Infohash}");
        using HttpResponseMessage second = await proxy.GetAsync($"infohash={content.Infohash}", TestContext.Current.CancellationToken);
        using HttpResponseMessage unkeyed = await proxy.Client.GetAsync("/api/streams", TestContext.Current.CancellationToken);
        (Wire wire, _) = await Wire.AskAsync(proxy, "220 mail.example ESMTP\r\n\r\n");
        using (wire)
        {
            await watch.UntilMovedAsync(AfterRefusals);
        }

        Assert.Equal(1, watch.Last.Samples["""aceproxy_access_refusals_total{reason="api_key"}"""]);
        Assert.Equal(1, watch.Last.Samples["""aceproxy_limit_refusals_total{limit="MAX_CLIENTS"}"""]);
    }

    [Fact]
    public async Task Metrics_AClientIsLapped_Move()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped(bitsPerSecond: 20_000_000, gopSeconds: 0.1) with { Burst = TimeSpan.FromSeconds(10) });
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine, ("RING_SIZE", "1"));
        MetricsWatch watch = await MetricsWatch.StartAsync(proxy.Client);
        using RawViewer slow = await RawViewer.JoinAsync(proxy, content, receiveBuffer: 16 * 1024);
        LiveStream stream = proxy.Streams.All().Single();
        await SafetyNet.EventuallyAsync(() => stream.Progress.Bytes > 22_000_000, () => $"{stream.Progress.Bytes} bytes");

        Task moved = watch.UntilMovedAsync(WithASlowClient);
        while (!moved.IsCompleted)
        {
            await slow.Wire.ReadSomeAsync(4096, slow.Body.Add);
        }

        await moved;
    }

    [Fact]
    public async Task Metrics_AStreamIsSharedAndHandedOver_Move()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped());
        await using Workers workers = await Workers.StartAsync(2, redis, engine, ("PROXY_HEARTBEAT_INTERVAL", "0.2"), ("REDIS_TIMEOUT", "10"));
        MetricsWatch[] watches = [.. await Task.WhenAll(workers.All.Select(worker => MetricsWatch.StartAsync(worker.Client)))];
        using Viewer first = await Viewer.JoinAsync(workers[0], $"infohash={content.Infohash}");
        using Viewer second = await Viewer.JoinAsync(workers[1], $"infohash={content.Infohash}");
        await SafetyNet.EventuallyAsync(() => workers[1].Streams.All() is [{ Role: StreamRole.Follower }], () => "the second does not follow");
        await watches[0].UntilMovedAsync("aceproxy_cluster_leases", "aceproxy_cluster_segments_written_total", "aceproxy_cluster_written_bytes_total");
        await watches[1].UntilMovedAsync("aceproxy_cluster_segments_read_total", "aceproxy_cluster_read_bytes_total");
        Assert.Equal(1, watches[0].Last.Sum("aceproxy_cluster_leases"));

        workers[0].Services.GetRequiredService<Drain>().Begin();
        await watches[0].UntilMovedAsync(AtTheOwner);
        await watches[1].UntilMovedAsync(AtTheFollower);

        await watches[1].UntilAsync(scrape => scrape.Sum("aceproxy_cluster_leases") == 1, () => "it has not got the lease");
        Assert.Equal(1, watches[1].Last.Sum("aceproxy_cluster_takeovers_total"));
    }

    [Fact]
    public async Task Metrics_RedisStops_Move()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped());
        await using RunningProxy worker = await RunningProxy.StartAsync(engine, [.. redis.Settings, ("PROXY_LEASE_TIME", "2")]);
        using Viewer viewer = await Viewer.JoinAsync(worker, $"infohash={content.Infohash}");
        MetricsWatch watch = await MetricsWatch.StartAsync(worker.Client);
        await watch.UntilAsync(scrape => scrape.Sum("aceproxy_redis_up") == 1, () => "Redis is not there");

        await redis.StopAsync();
        await watch.UntilMovedAsync(WithoutRedis);

        Assert.Equal(0, watch.Last.Sum("aceproxy_redis_up"));
        await redis.ContinueAsync();
    }

    [Fact]
    public async Task Metrics_ClusterCounters_AreTold()
    {
        await using RedisServer redis = RedisServer.Absent();
        await using RunningProxy worker = await RunningProxy.StartAsync([("ENGINES", "none"), .. redis.Settings]);
        MetricsWatch watch = await MetricsWatch.StartAsync(worker.Client);
        ClusterCounters counters = worker.Services.GetRequiredService<ClusterCounters>();

        counters.Missing();
        counters.Bad();
        counters.Dropped(3);
        await watch.UntilMovedAsync(OfCounters);

        Assert.Equal(3, watch.Last.Sum("aceproxy_cluster_chunks_dropped_total"));
    }

    [Fact]
    public async Task Metrics_OfAGateway_Move()
    {
        await using GatewayScene scene = await GatewayScene.StartAsync(1);
        MetricsWatch watch = await MetricsWatch.StartAsync(scene.Gateway.Client);
        ContentScript script = Contents.Stamped();
        scene.Add(script);

        using (Viewer viewer = await Viewer.JoinAsync(scene.Gateway, $"id={script.ContentId}"))
        {
            await watch.UntilMovedAsync("aceproxy_gateway_placements_total");
        }

        scene.Drain(0);
        await scene.ListsAsync(0);
        using HttpResponseMessage refused = await scene.Gateway.GetAsync($"id={script.ContentId}", TestContext.Current.CancellationToken);
        await watch.UntilMovedAsync(AtTheGateway);

        Assert.Equal(0, watch.Last.Sum("aceproxy_gateway_workers"));
        Assert.Equal(1, watch.Last.Samples["""aceproxy_gateway_unanswered_total{result="refused"}"""]);
    }

    private static string ValueOf(string sample) => sample.Split('"')[1];

    /// <summary>Takes what comes, so that the client keeps up, until that is enough.</summary>
    private static async Task ReadAsync(Viewer viewer, CancellationToken enough)
    {
        while (!enough.IsCancellationRequested)
        {
            long bytes = viewer.Checker.Bytes;
            await viewer.UntilAsync(checker => checker.Bytes > bytes);
        }
    }
}
