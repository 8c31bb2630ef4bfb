using System.Diagnostics.Metrics;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using AceProxy.Access;
using AceProxy.Access.Limits;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Tests.Functional;
using Microsoft.Extensions.DependencyInjection;

namespace AceProxy.Tests.Access;

/// <summary>How much one worker takes on, and that everything it took on is given back.</summary>
public sealed class LimitTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("MAX_CLIENTS", 503)]
    [InlineData("MAX_CLIENTS_PER_STREAM", 503)]
    [InlineData("MAX_CLIENTS_PER_ADDRESS", 429)]
    public async Task GetStream_ClientBeyondTheLimit_IsRefusedUntilAnotherLeaves(string limit, int status)
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped());
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine, (limit, "2"), Asking.Trusting);
        using Refusals refusals = new(proxy);
        using Viewer first = await Viewer.JoinAsync(proxy, $"id={content.ContentId}");
        Viewer second = await Viewer.JoinAsync(proxy, $"id={content.ContentId}");

        using HttpResponseMessage refused = await proxy.GetAsync($"id={content.ContentId}", Cancellation);
        int slashed = await Asking.StatusAsync(proxy, $"/ace/getstream/?id={content.ContentId}", from: null);
        int head = await Asking.StatusAsync(proxy, $"/ace/getstream?id={content.ContentId}", from: null, method: "HEAD");

        await AssertRefusedAsync(refused, limit, status);
        Assert.Equal(status, slashed); // the same place, for routing
        Assert.Equal(2, refusals.Of(limit));
        Assert.Equal(200, head); // it asks for nothing that is limited
        if (limit == "MAX_CLIENTS_PER_ADDRESS")
        {
            Assert.Equal(200, await Asking.StatusAsync(proxy, $"/ace/getstream?id={content.ContentId}"));
        }

        second.Dispose();
        ViewerLimits limits = proxy.Services.GetRequiredService<ViewerLimits>();
        await SafetyNet.EventuallyAsync(
            () => limits.Clients == 1 && proxy.Streams.All().Single().ClientCount == 1, () => $"{limits.Clients} clients are still counted");
        using Viewer third = await Viewer.JoinAsync(proxy, $"id={content.ContentId}");
        await first.UntilNewerThanAsync(DateTimeOffset.UtcNow);
        first.Checker.AssertGapless();
    }

    [Fact]
    public async Task Answer_ThatNobodyReads_IsCutOffAndStreamsAndEventsAreNot()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped());
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine, ("ANSWER_TIMEOUT", "1"));
        using Refusals refusals = new(proxy);
        using Viewer viewer = await Viewer.JoinAsync(proxy, $"id={content.ContentId}");
        using Stream events = await proxy.Client.GetStreamAsync("/api/events", Cancellation);
        using var silent = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await silent.ConnectAsync(proxy.Address.Host, proxy.Address.Port, Cancellation);

        string ask = "GET /api/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"; // 40 KB each, more than the kernel holds for who does not read
        await silent.SendAsync(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(ask, 250))), Cancellation);

        await SafetyNet.EventuallyAsync(() => (int)silent.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)! != 0, () => "its connection is still there");
        await viewer.UntilNewerThanAsync(DateTimeOffset.UtcNow + TimeSpan.FromSeconds(2));
        viewer.Checker.AssertGapless();
        Viewer another = await Viewer.JoinAsync(proxy, $"id={content.ContentId}");
        another.Dispose();
        await events.ReadExactlyAsync(new byte[100], Cancellation);
        Assert.Equal(1, refusals.Of("ANSWER_TIMEOUT"));
    }

    [Fact]
    public async Task GetStream_StreamBeyondTheLimit_TakesAnIdleOnesPlaceOrIsRefused()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent[] contents = [.. Enumerable.Range(1, 3).Select(number => engine.Add(Contents.Stamped(number)))];
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine, ("MAX_STREAMS", "2"), ("PROXY_GRACE_PERIOD", "600"));
        using Refusals refusals = new(proxy);
        using Viewer first = await Viewer.JoinAsync(proxy, $"id={contents[0].ContentId}");
        Viewer second = await Viewer.JoinAsync(proxy, $"id={contents[1].ContentId}");

        using (HttpResponseMessage refused = await proxy.GetAsync($"id={contents[2].ContentId}", Cancellation))
        {
            await AssertRefusedAsync(refused, "MAX_STREAMS", 503);
        }

        second.Dispose(); // its stream has ten minutes of grace
        await SafetyNet.EventuallyAsync(() => proxy.Streams.All().Any(stream => stream.IdleFor is not null), () => "no stream is idle");
        using Viewer third = await Viewer.JoinAsync(proxy, $"id={contents[2].ContentId}");

        Assert.Equal(1, refusals.Of("MAX_STREAMS"));
        await SafetyNet.EventuallyAsync(() => engine.OpenSessionCount == 2, () => $"{engine.OpenSessionCount} sessions are open");
        await first.UntilNewerThanAsync(DateTimeOffset.UtcNow);
        first.Checker.AssertGapless();
    }

    [Fact]
    public async Task GetStream_FasterThanOneAddressMay_Is429AndOthersAreServed()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped());
        await using RunningProxy proxy = await RunningProxy.StartAsync(
            engine, ("OPENINGS_PER_SECOND", "1"), ("OPENINGS_BURST", "3"), Asking.Trusting);
        using Refusals refusals = new(proxy);
        string path = $"/ace/getstream?id={content.ContentId}";

        int[] statuses = await Task.WhenAll(Enumerable.Range(0, 20).Select(at => Asking.StatusAsync(proxy, path, from: $"2001:db8:0:1::{at:x}")));
        int other = await Asking.StatusAsync(proxy, path, from: "2001:db8:0:2::1");

        Assert.Equal(200, other);
        Assert.All(statuses, status => Assert.Contains(status, (int[])[200, 429]));
        Assert.True(statuses.Count(status => status == 200) >= 3); // more, where the twenty took longer than a second
        Assert.Equal(statuses.Count(status => status == 429), refusals.Of("OPENINGS_PER_SECOND"));
        Assert.Contains(429, statuses.AsEnumerable());
    }

    [Fact]
    public async Task GetStream_RingsHaveAllTheMemoryTheyMay_AnIdleOneGivesWayElse503()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent[] contents = [.. Enumerable.Range(1, 3).Select(number => engine.Add(Contents.Stamped(number, bitsPerSecond: 200_000)))];
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine, ("RINGS_SIZE", "9"), ("PROXY_GRACE_PERIOD", "600"));
        using Refusals refusals = new(proxy);
        using Viewer first = await Viewer.JoinAsync(proxy, $"id={contents[0].ContentId}");
        Viewer second = await Viewer.JoinAsync(proxy, $"id={contents[1].ContentId}");

        using (HttpResponseMessage refused = await proxy.GetAsync($"id={contents[2].ContentId}", Cancellation))
        {
            await AssertRefusedAsync(refused, "RINGS_SIZE", 503);
        }

        second.Dispose();
        await SafetyNet.EventuallyAsync(() => proxy.Streams.All().Any(stream => stream.IdleFor is not null), () => "no stream is idle");
        using Viewer third = await Viewer.JoinAsync(proxy, $"id={contents[2].ContentId}");

        Assert.Equal(1, refusals.Of("RINGS_SIZE"));
        await SafetyNet.EventuallyAsync(() => engine.OpenSessionCount == 2, () => $"{engine.OpenSessionCount} sessions are open");
    }

    [Fact]
    public async Task Rings_GrowToAllTheMemoryTheyMay_AreShortenedAndAnIdleOneEnds()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent small = engine.Add(Contents.Stamped(1, bitsPerSecond: 200_000));
        SimulatedContent large = engine.Add(Contents.Stamped(2, bitsPerSecond: 24_000_000));
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine, ("RINGS_SIZE", "8"), ("PROXY_GRACE_PERIOD", "600"));
        Viewer leaver = await Viewer.JoinAsync(proxy, $"id={small.ContentId}");
        using Viewer viewer = await Viewer.JoinAsync(proxy, $"id={large.ContentId}");
        leaver.Dispose(); // its stream would be there for ten minutes more

        long most = 0;
        await viewer.UntilAsync(seen =>
        {
            most = Math.Max(most, (long)proxy.Slabs.Rented * proxy.Slabs.SlabSize);
            return seen.Bytes > 30_000_000; // more than three times what there is room for
        });

        viewer.Checker.AssertGapless();
        Assert.InRange(most, 7 * 1048576, 10 * 1048576); // 8 MiB, and the slabs that are being filled or sent
        await SafetyNet.EventuallyAsync(() => engine.OpenSessionCount == 1, () => $"{engine.OpenSessionCount} sessions are open");
        Assert.InRange(proxy.Streams.All().Single().Ring.Footprint, 5 * 1048576, 9 * 1048576); // to the chunk
    }

    [Fact]
    public async Task GetStream_ManyThatComeAndGoInEveryWay_LeaveNothingBehind()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        string[] ids =
        [
            .. Enumerable.Range(1, 4).Select(number => engine.Add(Contents.Stamped(number, bitsPerSecond: 500_000)).ContentId),
            engine.Add(Contents.Stamped(5) with { StartError = "failed to load content" }).ContentId,
            engine.Add(Contents.Stamped(6) with { Silent = true }).ContentId,
            new string('d', 40), // nobody knows it
        ];
        await using RunningProxy proxy = await RunningProxy.StartAsync(
            engine, Asking.Trusting, ("MAX_CLIENTS", "12"), ("MAX_CLIENTS_PER_ADDRESS", "5"), ("MAX_CLIENTS_PER_STREAM", "4"), ("MAX_STREAMS", "4"),
            ("PROXY_GRACE_PERIOD", "0.05"), ("PROXY_INIT_TIMEOUT", "3"), ("OPENINGS_PER_SECOND", "1000"), ("OPENINGS_BURST", "1000"));
        ViewerLimits limits = proxy.Services.GetRequiredService<ViewerLimits>();
        int seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var statuses = new System.Collections.Concurrent.ConcurrentDictionary<int, int>();

        await Task.WhenAll(Enumerable.Range(0, 24).Select(number => ComeAndGoAsync(new Random(seed + number))));

        await SafetyNet.EventuallyAsync(
            () => limits is { Clients: 0, Addresses: 0 } && proxy.Streams.All().Count == 0,
            () => $"{limits.Clients} clients from {limits.Addresses} addresses are counted, {proxy.Streams.All().Count} streams are there");
        await proxy.SettledAsync(engine);
        Assert.Contains(200, statuses.Keys);
        Assert.Contains(503, statuses.Keys);
        Assert.Equal(200, await Asking.StatusAsync(proxy, $"/ace/getstream?id={ids[0]}"));

        async Task ComeAndGoAsync(Random random)
        {
            for (int round = 0; round < 15; round++)
            {
                using CancellationTokenSource patience = SafetyNet.Start();
                if (random.Next(3) == 0)
                {
                    patience.CancelAfter(random.Next(200));
                }

                using var request = new HttpRequestMessage(
                    HttpMethod.Get, $"/ace/getstream?id={ids[random.Next(ids.Length)]}{(random.Next(8) == 0 ? "&_idx=x" : "")}");
                request.Headers.Add("X-Forwarded-For", $"203.0.113.{random.Next(4)}");
                try
                {
                    using HttpResponseMessage response = await proxy.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
                    statuses.AddOrUpdate((int)response.StatusCode, 1, (_, count) => count + 1);
                    if (random.Next(2) == 0)
                    {
                        using Stream body = await response.Content.ReadAsStreamAsync(patience.Token);
                        await body.ReadAtLeastAsync(new byte[random.Next(1, 50_000)], 1, throwOnEndOfStream: false, patience.Token);
                    }
                }
                catch (Exception left) when (left is OperationCanceledException or HttpRequestException or IOException)
                {
                    // It has.
                }
            }
        }
    }

    private static async Task AssertRefusedAsync(HttpResponseMessage refused, string limit, int status)
    {
        using JsonDocument problem = JsonDocument.Parse(await refused.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal(status, (int)refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.Equal("application/problem+json", refused.Content.Headers.ContentType!.MediaType);
        Assert.Equal(limit, problem.RootElement.GetProperty("limit").GetString());
        Assert.Contains(limit, problem.RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    /// <summary>What the meter counts from now on.</summary>
    private sealed class Refusals : IDisposable
    {
        private readonly MeterListener _listener;
        private readonly Dictionary<string, long> _counted = [];

        public Refusals(RunningProxy proxy)
        {
            object scope = proxy.Services.GetRequiredService<IMeterFactory>();
            _listener = new MeterListener
            {
                InstrumentPublished = (instrument, listening) =>
                {
                    if (instrument.Meter.Scope == scope && instrument.Name == "aceproxy.limit.refusals")
                    {
                        Assert.Equal(AccessMetrics.MeterName, instrument.Meter.Name);
                        listening.EnableMeasurementEvents(instrument);
                    }
                },
            };
            _listener.SetMeasurementEventCallback<long>((_, value, labels, _) =>
            {
                string limit = (string)labels[0].Value!;
                lock (_counted)
                {
                    _counted[limit] = _counted.GetValueOrDefault(limit) + value;
                }
            });
            _listener.Start();
        }

        public long Of(string limit)
        {
            lock (_counted)
            {
                return _counted.GetValueOrDefault(limit);
            }
        }

        public void Dispose() => _listener.Dispose();
    }
}
