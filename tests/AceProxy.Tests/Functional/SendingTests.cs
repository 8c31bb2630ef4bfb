using System.Text.Json;
using AceProxy.Buffering;
using AceProxy.Delivery.Direct;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Broadcasting;
using AceProxy.EngineSimulator.Contents;
using AceProxy.LiveStreams;
using Microsoft.Extensions.DependencyInjection;

namespace AceProxy.Tests.Functional;

/// <summary>What a player sees is the same whether chunks are sent directly or through the response writer.</summary>
public sealed class SendingTests : IAsyncLifetime
{
    /// <summary>25 MB at once for a stream's first reader: more than any socket holds.</summary>
    private static readonly ContentScript Flood =
        Contents.Stamped(bitsPerSecond: 20_000_000, gopSeconds: 0.1) with { Burst = TimeSpan.FromSeconds(10) };

    private const long MostOfTheFlood = 22_000_000;

    private SimulatedEngine _engine = null!;

    public static TheoryData<string> Ways => ["on", "off"];

    public static TheoryData<string, bool> WaysWithAndWithout => new() { { "on", false }, { "on", true }, { "off", false }, { "off", true } };

    public async ValueTask InitializeAsync() => _engine = await SimulatedEngine.StartAsync();

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    [Theory]
    [MemberData(nameof(WaysWithAndWithout))]
    public async Task Get_EngineGivenUp_EveryChunkIsFramedExactlyAndTheLastOneComes(string way, bool connectionClose)
    {
        SimulatedContent content = _engine.Add(Contents.Stamped(gopSeconds: 0.4));
        await using RunningProxy proxy = await StartAsync(way, ("UPSTREAM_GIVE_UP", "0.3"), ("UPSTREAM_RETRY_DELAY", "0.05"));
        using RawViewer viewer = await RawViewer.JoinAsync(proxy, content, connectionClose ? "Connection: close\r\n" : "");
        await viewer.UntilLiveAsync();

        _engine.Refuse(true);
        _engine.Restart();
        await viewer.ToLastChunkAsync();

        viewer.AssertGapless();
        Assert.Equal([0, 0x100, StampedBroadcast.StampedPid], viewer.Content.Landings[0].Pids);
        Assert.True(viewer.Content.Landings[0].AtRandomAccess);
        Assert.Equal(way == "on", proxy.Services.GetRequiredService<DirectSender>().Joins > 0);
        if (connectionClose)
        {
            Assert.Equal("close", viewer.Head["Connection"]);
            Assert.Empty(await viewer.Wire.ReadToEndAsync());
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Get_OnTheSameConnectionAfterAStreamsEnd_IsAnswered(string way)
    {
        SimulatedContent content = _engine.Add(Contents.Stamped(gopSeconds: 0.4));
        await using RunningProxy proxy = await StartAsync(way, ("UPSTREAM_GIVE_UP", "0.3"), ("UPSTREAM_RETRY_DELAY", "0.05"));
        using RawViewer first = await RawViewer.JoinAsync(proxy, content);
        _engine.Refuse(true);
        _engine.Restart();
        await first.ToLastChunkAsync();
        await proxy.SettledAsync();

        await first.Wire.SendAsync("GET /healthz HTTP/1.1\r\nHost: proxy\r\n\r\n");
        WireHead health = await first.Wire.ReadHeadAsync();
        Assert.Equal("ok\n"u8.ToArray(), await first.Wire.ReadBodyAsync(health));
        _engine.Refuse(false);
        RawViewer second = await RawViewer.JoinOnAsync(first.Wire, content);
        await second.UntilAsync(seen => seen.Body.Bytes > 500_000);
        proxy.Streams.All().Single().Close(null);
        await second.ToLastChunkAsync();

        first.AssertGapless();
        second.AssertGapless();
        await first.Wire.SendAsync("GET /healthz HTTP/1.1\r\nHost: proxy\r\n\r\n");
        Assert.Equal(200, (await first.Wire.ReadHeadAsync()).Status);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Get_OthersPipelinedBehindIt_AreAnsweredAfterItsLastChunk(string way)
    {
        SimulatedContent content = _engine.Add(Contents.Stamped());
        await using RunningProxy proxy = await StartAsync(way);
        using RawViewer viewer = await RawViewer.JoinAsync(
            proxy, content, more: "GET /healthz HTTP/1.1\r\nHost: proxy\r\n\r\nGET /nothing HTTP/1.1\r\nHost: proxy\r\n\r\n");
        await viewer.UntilLiveAsync();

        proxy.Streams.All().Single().Close(null);
        await viewer.ToLastChunkAsync();

        viewer.AssertGapless();
        Assert.Equal("ok\n"u8.ToArray(), await viewer.Wire.ReadBodyAsync(await viewer.Wire.ReadHeadAsync()));
        Assert.Equal(404, (await viewer.Wire.ReadHeadAsync()).Status);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Head_ThenGetOnTheSameConnection_Plays(string way)
    {
        SimulatedContent content = _engine.Add(Contents.Stamped());
        await using RunningProxy proxy = await StartAsync(way);
        (Wire wire, WireHead head) = await Wire.AskAsync(proxy, $"HEAD /ace/getstream?infohash={content.Infohash} HTTP/1.1\r\nHost: proxy\r\n\r\n");
        Assert.Equal((200, "video/mp2t"), (head.Status, head["Content-Type"]));
        Assert.Equal(0, _engine.RequestCount);

        using RawViewer viewer = await RawViewer.JoinOnAsync(wire, content);
        await viewer.UntilAsync(seen => seen.Body.Bytes > 500_000);

        viewer.AssertGapless();
    }

    [Theory]
    [MemberData(nameof(WaysWithAndWithout))]
    public async Task HangUp_OneOfTwo_IsLetGoAtOnceAndTheOtherNoticesNothing(string way, bool withReset)
    {
        SimulatedContent content = _engine.Add(Contents.Stamped());
        await using RunningProxy proxy = await StartAsync(way, ("PROXY_GRACE_PERIOD", "0"));
        using RawViewer leaver = await RawViewer.JoinAsync(proxy, content);
        using RawViewer stayer = await RawViewer.JoinAsync(proxy, content);
        await leaver.UntilLiveAsync();
        LiveStream stream = proxy.Streams.All().Single();
        HangUp(leaver);
        await SafetyNet.EventuallyAsync(() => stream.Clients.Count == 1, () => "the client that hung up is still there");
        await stayer.UntilLiveAsync();
        stayer.AssertGapless();

        HangUp(stayer);

        await proxy.SettledAsync(_engine); // session stopped, slabs given back
        _engine.AssertEachStoppedOnce();

        void HangUp(RawViewer viewer)
        {
            if (withReset)
            {
                viewer.Wire.Reset();
            }
            else
            {
                viewer.Wire.Finish();
            }
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task HangUp_WithoutEverReading_IsLetGo(string way)
    {
        SimulatedContent content = _engine.Add(Flood);
        await using RunningProxy proxy = await StartAsync(way, ("PROXY_GRACE_PERIOD", "0"));
        using RawViewer viewer = await RawViewer.JoinAsync(proxy, content, receiveBuffer: 4096);
        Client client = proxy.Streams.All().Single().Clients.Single();
        await SafetyNet.EventuallyAsync(() => client.StalledFor() > TimeSpan.FromSeconds(0.2), () => "everything was taken");

        viewer.Wire.Reset();

        await proxy.SettledAsync(_engine);
        _engine.AssertEachStoppedOnce();
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Stop_WithViewers_EndsCleanlyForThoseWhoKeepUpAndCutsTheOneThatDoesNot(string way)
    {
        SimulatedContent content = _engine.Add(Flood);
        RunningProxy proxy = await StartAsync(way);
        using RawViewer stuck = await RawViewer.JoinAsync(proxy, content, receiveBuffer: 4096);
        LiveStream stream = proxy.Streams.All().Single();
        Client stuckClient = stream.Clients.Single();
        RawViewer[] viewers = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => RawViewer.JoinAsync(proxy, content)));
        Task[] ends = [.. viewers.Select(viewer => viewer.ToLastChunkAsync())];
        await SafetyNet.EventuallyAsync(() => stream.Progress.Bytes > MostOfTheFlood, () => $"{stream.Progress.Bytes} bytes");
        await SilenceAsync(content, stream);
        await SafetyNet.EventuallyAsync(
            () => stuckClient.StalledFor() > TimeSpan.FromSeconds(0.5)
                && stream.Clients.Where(client => client != stuckClient).All(client => !client.IsSending)
                && viewers.Sum(viewer => viewer.Body.Bytes) == stream.BytesOut - stuckClient.Bytes,
            () => "they do not all keep up");

        await proxy.StopAsync().WaitAsync(SafetyNet.Limit, TestContext.Current.CancellationToken);

        await Task.WhenAll(ends);
        Assert.All(viewers, viewer => viewer.AssertGapless());
        await stuck.ToConnectionsEndAsync();
        Assert.False(stuck.Body.IsOver);
        await proxy.SettledAsync();
        Assert.All(viewers, viewer => viewer.Dispose());
        await proxy.DisposeAsync();
        _engine.AssertEachStoppedOnce();
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Stall_OneStopsReading_ItAloneIsEnded(string way)
    {
        SimulatedContent content = _engine.Add(Flood);
        await using RunningProxy proxy = await StartAsync(way, ("CLIENT_STALL_TIMEOUT", "5"));
        using RawViewer stuck = await RawViewer.JoinAsync(proxy, content, receiveBuffer: 4096);
        LiveStream stream = proxy.Streams.All().Single();
        Client stuckClient = stream.Clients.Single();
        RawViewer[] viewers = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => RawViewer.JoinAsync(proxy, content)));
        bool isOver = false;
        Task[] playing = [.. viewers.Select(viewer => viewer.UntilAsync(_ => Volatile.Read(ref isOver)))];

        await SafetyNet.EventuallyAsync(() => !stream.Clients.Contains(stuckClient), () => "the client that does not read is still there");

        Assert.Equal(EndReason.Stalled, stuckClient.EndReason);
        Volatile.Write(ref isOver, true);
        await Task.WhenAll(playing);
        await Task.WhenAll(viewers.Select(viewer => viewer.UntilLiveAsync()));
        Assert.All(viewers, viewer => viewer.AssertGapless());
        Assert.Equal(3, stream.Clients.Count);
        await stuck.ToConnectionsEndAsync();
        Assert.False(stuck.Body.IsOver); // cut, in the midst of whatever it was
        Assert.All(viewers, viewer => viewer.Dispose());
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Lap_ClientThatReads4KiBAtATime_LandsOnARandomAccessPointBehindTablesWithTheJumpMarked(string way)
    {
        SimulatedContent content = _engine.Add(Flood);
        await using RunningProxy proxy = await StartAsync(way, ("RING_SIZE", "1"));
        using RawViewer slow = await RawViewer.JoinAsync(proxy, content, receiveBuffer: 16 * 1024);
        LiveStream stream = proxy.Streams.All().Single();
        Client client = stream.Clients.Single();
        await SafetyNet.EventuallyAsync(() => stream.Progress.Bytes > MostOfTheFlood, () => $"{stream.Progress.Bytes} bytes");

        for (int piece = 0; piece < 1000; piece++)
        {
            await slow.Wire.ReadSomeAsync(4096, slow.Body.Add);
        }

        stream.Close(null);
        await slow.ToLastChunkAsync(4096);

        Assert.InRange(slow.Content.Landings.Count, 2, client.Jumps + 1); // one that is lapped again before it lands jumps twice
        Assert.All(slow.Content.Landings, landing => Assert.Equal([0, 0x100, StampedBroadcast.StampedPid], landing.Pids));
        Assert.All(slow.Content.Landings, landing => Assert.True(landing.AtRandomAccess));
        Assert.Equal((0, 0, 0), (slow.Checker.Misaligned, slow.Checker.CounterErrors, slow.Checker.Repeated));
        Assert.True(slow.Checker.Missing > 0);
        Assert.Equal(client.Bytes, slow.Body.Bytes);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Streams_BytesOut_IsWhatWasReceived(string way)
    {
        SimulatedContent content = _engine.Add(Contents.Stamped());
        await using RunningProxy proxy = await StartAsync(way);
        RawViewer[] viewers = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => RawViewer.JoinAsync(proxy, content)));
        LiveStream stream = proxy.Streams.All().Single();
        await Task.WhenAll(viewers.Select(viewer => viewer.UntilLiveAsync()));
        Task[] ends = [.. viewers.Select(viewer => viewer.ToLastChunkAsync())];
        await SilenceAsync(content, stream);

        await SafetyNet.EventuallyAsync(() => stream.BytesOut == Received(), () => $"{stream.BytesOut} bytes out, {Received()} received");

        using JsonDocument streams = JsonDocument.Parse(await proxy.Client.GetStringAsync("/api/streams", TestContext.Current.CancellationToken));
        Assert.Equal(Received(), streams.RootElement.GetProperty("streams")[0].GetProperty("bytes_out").GetInt64());
        stream.Close(null);
        await Task.WhenAll(ends);
        await SafetyNet.EventuallyAsync(() => stream.Clients.Count == 0, () => "somebody is left");
        Assert.Equal(Received(), stream.BytesOut);
        Assert.All(viewers, viewer => viewer.Dispose());

        long Received() => viewers.Sum(viewer => viewer.Body.Bytes);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Get_50AtOnce_AllGetTheSameBytesFromTheLastOnesFirstPacketOn(string way)
    {
        SimulatedContent content = _engine.Add(Contents.Stamped(bitsPerSecond: 16_000_000, gopSeconds: 0.4) with { Burst = TimeSpan.FromSeconds(0.5) });
        await using RunningProxy proxy = await StartAsync(way);
        RawViewer[] viewers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => RawViewer.JoinAsync(proxy, content)));
        LiveStream stream = proxy.Streams.All().Single();

        await Task.WhenAll(viewers.Select(viewer => viewer.UntilAsync(seen => seen.Body.Bytes > 2_000_000)));
        await SilenceAsync(content, stream);
        Assert.Equal(way == "on", Chunks(stream.Ring).Any(chunk => chunk.Slab.IsSentInPlace));
        stream.Close(null);
        await Task.WhenAll(viewers.Select(viewer => viewer.ToLastChunkAsync()));

        // Each was compared with the broadcast byte by byte; so they are the same if they are gapless and end at the same packet.
        long last = viewers[0].Checker.LastSequence;
        Assert.All(viewers, viewer =>
        {
            viewer.AssertGapless();
            Assert.Equal(last, viewer.Checker.LastSequence);
            viewer.Dispose();
        });
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Lap_ClientsThatReadNothingWhileTheRingTurnsOver_FindEveryByteThatWasQueuedForThem(string way)
    {
        SimulatedContent content = _engine.Add(
            Contents.Stamped(bitsPerSecond: 20_000_000, gopSeconds: 0.05) with { Burst = TimeSpan.FromSeconds(0.1), OpenDelay = TimeSpan.FromSeconds(1) });
        await using RunningProxy proxy = await StartAsync(way, ("RING_SIZE", "1"), ("JOIN_BEHIND", "0"));
        bool wasInPlace = false;
        long bytes = 0;
        Task turnsOver = SafetyNet.EventuallyAsync( // from before the first chunk on: none is in place for long
            () =>
            {
                foreach (LiveStream opened in proxy.Streams.All())
                {
                    wasInPlace |= Chunks(opened.Ring).Any(chunk => chunk.Slab.IsSentInPlace);
                    bytes = opened.Progress.Bytes;
                }

                return bytes > 12_000_000;
            },
            () => $"{bytes} bytes");
        RawViewer[] viewers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => RawViewer.JoinAsync(proxy, content)));
        long joinedAt = proxy.Streams.All().Single().Progress.Bytes; // on a busy machine that of the last

        await turnsOver;
        await SafetyNet.EventuallyAsync(() => (bytes = proxy.Streams.All().Single().Progress.Bytes) > joinedAt + 12_000_000, () => $"{bytes} bytes, {joinedAt} of them before the last was there");
        proxy.Streams.All().Single().Close(null);
        await Task.WhenAll(viewers.Select(viewer => viewer.ToLastChunkAsync()));

        Assert.Equal(way == "on", wasInPlace);
        Assert.All(viewers, viewer =>
        {
            Assert.Equal((0, 0, 0), (viewer.Checker.Misaligned, viewer.Checker.CounterErrors, viewer.Checker.Repeated));
            Assert.True(viewer.Content.Landings.Count > 1, "it was never lapped");
            viewer.Dispose();
        });
    }

    /// <summary>With limits that nothing here is to reach, unless it asks for them.</summary>
    private Task<RunningProxy> StartAsync(string way, params (string, string)[] settings) =>
        RunningProxy.StartAsync(_engine, [("DIRECT_SENDING", way), ("CLIENT_STALL_TIMEOUT", "60"), ("STALL_TIMEOUT", "60"), .. settings]);

    /// <summary>Lets the engine fall silent, and everything it has sent come to be a chunk.</summary>
    private static async Task SilenceAsync(SimulatedContent content, LiveStream stream)
    {
        content.Fault(StreamFault.Silence);
        await SafetyNet.EventuallyAsync(
            () => TimeProvider.System.GetElapsedTime(stream.Progress.LastData) > TimeSpan.FromSeconds(0.3), () => "the engine goes on");
    }

    private static IEnumerable<Chunk> Chunks(ChunkRing ring)
    {
        for (long sequence = ring.Oldest; sequence < ring.Next; sequence++)
        {
            if (ring.TryAcquire(sequence, out Chunk? chunk) == ChunkRead.Acquired)
            {
                yield return chunk!;
                chunk!.Release();
            }
        }
    }
}
