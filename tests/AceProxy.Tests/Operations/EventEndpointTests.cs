using System.IO.Pipelines;
using System.Net;
using System.Text;
using System.Text.Json;
using AceProxy.EngineSimulator;
using AceProxy.Events;
using AceProxy.Operations;
using AceProxy.Tests.Functional;
using Microsoft.Extensions.DependencyInjection;

namespace AceProxy.Tests.Operations;

/// <summary>What happens, as server-sent events of one worker.</summary>
public sealed class EventEndpointTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Get_AClientComesAndGoes_TellsItsStoryInOrder()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        string infohash = engine.Add(Contents.Stamped()).Infohash;
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine, ("PROXY_GRACE_PERIOD", "0"));
        using EventReader events = await EventReader.OpenAsync(proxy.Client, query: "kind=stream-started,stream-stopped&kind=client-joined,client-left");
        using (Viewer viewer = await Viewer.JoinAsync(proxy, $"infohash={infohash}"))
        {
            await viewer.UntilAsync(checker => checker.Packets > 100);
            await SafetyNet.EventuallyAsync(() => proxy.Streams.All().Single().BytesOut > 0, () => "nothing is counted");
        }

        JsonElement[] story = [await events.NextAsync(), await events.NextAsync(), await events.NextAsync(), await events.NextAsync()];

        Assert.Equal( // whether the player or the stream was noted first is chance
            ["client-joined", "client-left", "stream-started", "stream-stopped"],
            story.Select(one => one.GetProperty("kind").GetString()).Order());
        Assert.All(story, one => Assert.Equal(infohash, one.GetProperty("stream").GetString()));
        JsonElement left = story.Single(one => one.GetProperty("kind").GetString() == "client-left");
        Assert.Equal("client-left", left.GetProperty("reason").GetString());
        Assert.True(left.GetProperty("bytes").GetInt64() > 0);
        Assert.True(left.GetProperty("seconds").GetDouble() > 0);
        JsonElement stopped = story.Single(one => one.GetProperty("kind").GetString() == "stream-stopped");
        Assert.Equal("nobody watches", stopped.GetProperty("reason").GetString());
    }

    [Fact]
    public async Task Get_ComesBackWithLastEventId_LosesNothingAndGetsNothingTwice()
    {
        await using RunningProxy proxy = await RunningProxy.StartAsync(("ENGINES", "127.0.0.1:9"));
        var log = proxy.Services.GetRequiredService<EventLog>();
        string last = "";
        int next = 0;
        using (EventReader first = await EventReader.OpenAsync(proxy.Client, query: "kind=stream-started"))
        {
            Tell(log, 5);
            for (; next < 3; next++)
            {
                Assert.Equal($"{next}", (await first.NextAsync()).GetProperty("stream").GetString());
            }

            last = first.LastId;
        }

        Tell(log, 5, 5);
        using EventReader again = await EventReader.OpenAsync(proxy.Client, last);
        using EventReader byQuery = await EventReader.OpenAsync(proxy.Client, query: $"last_event_id={last}&stream=7");

        for (; next < 10; next++)
        {
            Assert.Equal($"{next}", (await again.NextAsync("stream-started")).GetProperty("stream").GetString());
        }

        Assert.Equal("7", (await byQuery.NextAsync()).GetProperty("stream").GetString());
    }

    [Theory]
    [InlineData("kind=nonsense", "", "kind")]
    [InlineData("kind=gap,nonsense", "", "kind")]
    [InlineData("last_event_id=nonsense", "", "last_event_id")]
    [InlineData("", "12-", "Last-Event-ID")]
    public async Task Get_WhatMakesNoSense_Is400NamingTheCulprit(string query, string header, string culprit)
    {
        await using RunningProxy proxy = await RunningProxy.StartAsync(("ENGINES", "127.0.0.1:9"));
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/events?{query}");
        if (header.Length > 0)
        {
            request.Headers.Add("Last-Event-ID", header);
        }

        using HttpResponseMessage response = await proxy.Client.SendAsync(request, Cancellation);

        using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal((HttpStatusCode.BadRequest, culprit), (response.StatusCode, problem.RootElement.GetProperty("parameter").GetString()));
    }

    [Fact]
    public async Task Get_EngineIsDrainedWhileItPlays_TellsItsStateTheFailoverAndTheSplice()
    {
        await using TwoEngines engines = await TwoEngines.StartAsync(1, script => script, script => script with { Burst = TimeSpan.FromSeconds(2) });
        using EventReader events = await EventReader.OpenAsync(engines.Proxy.Client, query: "kind=engine-changed,failover,spliced");
        using Viewer viewer = await engines.WatchAsync();
        await viewer.UntilAsync(checker => checker.Packets > 200);
        await engines.DrainAsync();
        await viewer.UntilNewerThanAsync(DateTimeOffset.UtcNow.AddSeconds(0.5));

        JsonElement changed = await events.NextAsync();
        JsonElement[] moved = [await events.NextAsync(), await events.NextAsync()];

        string first = engines.First.EndPoint.ToString(), second = engines.Second.EndPoint.ToString();
        Assert.Equal(
            ("engine-changed", first, "draining", "healthy", "drained by an operator"),
            (Text(changed, "kind"), Text(changed, "engine"), Text(changed, "state"), Text(changed, "before"), Text(changed, "reason")));
        JsonElement failover = moved.Single(one => Text(one, "kind") == "failover");
        Assert.Equal((second, first), (Text(failover, "engine"), Text(failover, "before")));
        Assert.Equal(second, Text(moved.Single(one => Text(one, "kind") == "spliced"), "engine"));

        static string? Text(JsonElement one, string name) => one.GetProperty(name).GetString();
    }

    [Fact]
    public async Task Get_MoreReadersThanThereMayBe_AreRefusedUntilOneGoes()
    {
        await using RunningProxy proxy = await RunningProxy.StartAsync(("ENGINES", "127.0.0.1:9"));
        List<EventReader> readers = [];
        for (int reader = 0; reader < 100; reader++)
        {
            readers.Add(await EventReader.OpenAsync(proxy.Client));
        }

        using (HttpResponseMessage refused = await proxy.Client.GetAsync("/api/events", HttpCompletionOption.ResponseHeadersRead, Cancellation))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        }

        readers[0].Dispose();
        await SafetyNet.EventuallyAsync(
            async () =>
            {
                using HttpResponseMessage next = await proxy.Client.GetAsync("/api/events", HttpCompletionOption.ResponseHeadersRead, Cancellation);
                return next.StatusCode == HttpStatusCode.OK;
            },
            () => "there is no place for another");
        readers.ForEach(reader => reader.Dispose());
    }

    [Fact]
    public async Task Get_TheWorkerEnds_EndsTheEvents()
    {
        RunningProxy proxy = await RunningProxy.StartAsync(("ENGINES", "127.0.0.1:9"));
        using EventReader events = await EventReader.OpenAsync(proxy.Client);

        Task stopping = proxy.StopAsync();

        await Assert.ThrowsAsync<IOException>(async () =>
        {
            while (true)
            {
                await events.NextAsync();
            }
        });
        await stopping.WaitAsync(SafetyNet.Limit, Cancellation);
        await proxy.DisposeAsync();
    }

    [Fact]
    public async Task Send_NothingHappens_SendsACommentAndThePlace()
    {
        var time = new ManualTimeProvider();
        var log = new EventLog("w0", isShared: false, time);
        var pipe = new Pipe();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var filter = new EventFilter(new HashSet<string> { "gap" }, null);
        Task sending = new EventSender(log, time).SendAsync(pipe.Writer.AsStream(), log.End(), filter, TimeSpan.FromMinutes(1), ending.Token);
        await time.TimerInAsync(EventSender.KeepAlive, Cancellation);
        Tell(log, 1); // of a kind that is not wanted, and yet the reader need not begin before it when it comes again

        string text = "";
        await SafetyNet.EventuallyAsync(() => (text += Advance()).Contains($": nothing new\nid: {log.Newest}\n\n", StringComparison.Ordinal), () => text);

        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        Assert.DoesNotContain("data:", text, StringComparison.Ordinal);

        string Advance()
        {
            time.Advance(EventSender.KeepAlive);
            if (!pipe.Reader.TryRead(out ReadResult result))
            {
                return "";
            }

            string more = Encoding.UTF8.GetString(result.Buffer);
            pipe.Reader.AdvanceTo(result.Buffer.End);
            return more;
        }
    }

    [Fact]
    public async Task Send_ReaderTakesNothing_IsLeftAfterTheLimit()
    {
        var time = new ManualTimeProvider();
        var log = new EventLog("w0", isShared: false, time);
        EventCursor start = log.End();
        Tell(log, 1000);
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 1000, resumeWriterThreshold: 500)); // a socket that is full
        Task sending = new EventSender(log, time).SendAsync(
            pipe.Writer.AsStream(), start, new EventFilter(null, null), TimeSpan.FromSeconds(60), Cancellation);

        await time.TimerInAsync(TimeSpan.FromSeconds(60), Cancellation);
        while (!sending.IsCompleted)
        {
            time.Advance(60);
            await Task.Delay(1, Cancellation);
        }

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
    }

    private static void Tell(EventLog log, int count, int from = 0)
    {
        for (int number = from; number < from + count; number++)
        {
            log.Record(new ProxyEvent(EventKind.StreamStarted) { Stream = $"{number}" });
        }
    }
}
