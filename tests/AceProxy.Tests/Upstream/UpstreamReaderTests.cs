using System.Net;
using AceProxy.Buffering;
using AceProxy.EngineApi;
using AceProxy.Engines;
using AceProxy.Tests.Functional;
using AceProxy.Tests.LiveStreams;
using AceProxy.Upstream;
using ScriptedEngine = AceProxy.Tests.LiveStreams.ScriptedEngine;

namespace AceProxy.Tests.Upstream;

public sealed class UpstreamReaderTests
{
    private const string Hash = "0123456789abcdef0123456789abcdef01234567";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("HTTP/1.1 500 Internal Server Error\r\n\r\n", "BadReply")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>", "BadReply")]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n", "Interrupted")]
    [InlineData("", "Unreachable")]
    [InlineData("SSH-2.0-OpenSSH_9.6\r\n\r\n", "BadReply")]
    public async Task Run_PlaybackFailsFromTheBeginning_EndsAfterTwoSessionsBothStopped(string reply, string kind)
    {
        await using RawServer server = RawServer.Start(exchange => IsPlayback(exchange) ? exchange.WriteAsync(reply) : exchange.ReplyAsync(Session));

        (EngineFailure failure, long bytes) = await RunAsync(server);

        Assert.Equal((kind, 0), (failure.Kind.ToString(), bytes));
        AssertTwoSessionsWithTwoReadersEach(server);
    }

    [Fact]
    public async Task Run_BytesThatAreNoTransportStream_EndsInsteadOfTryingForEver()
    {
        byte[] garbage = new byte[300_000];
        await using RawServer server = RawServer.Start(exchange => IsPlayback(exchange) ? exchange.ReplyAsync(garbage, "video/mp2t") : exchange.ReplyAsync(Session));

        (EngineFailure failure, _) = await RunAsync(server);

        Assert.Equal(EngineFailureKind.BadReply, failure.Kind);

        // We hung up on a body that went on: until the engine notices, it lets nobody else read, so each attempt is a session of its own.
        string[] attempt = ["/ace/getstream", "/ace/r/a/b", "/ace/cmd/a/b"];
        Assert.Equal([.. attempt, .. attempt, .. attempt, .. attempt], server.Requests.Select(request => request.Path));
    }

    [Fact]
    public async Task Run_RedirectsElsewhere_AreFollowedOnTheEngineOnly()
    {
        await using RawServer foreign = RawServer.StartForeign();
        string[] locations = [$"http://{foreign.EndPoint}/1", $"//{foreign.EndPoint}/2", $"http://x//{foreign.EndPoint}/3", "https://x/4", "/end"];
        int next = -1;
        await using RawServer server = RawServer.Start(exchange => exchange.Request.Path switch
        {
            "/end" => exchange.WriteAsync("HTTP/1.1 404 Not Found\r\n\r\n"),
            _ when IsPlayback(exchange) => RedirectAsync(exchange, locations[Interlocked.Increment(ref next) % locations.Length]),
            _ => exchange.ReplyAsync(Session),
        });

        await RunAsync(server);

        Assert.Empty(foreign.Requests);
        Assert.Equal(["/ace/r/a/b", "/1", "/2", $"//{foreign.EndPoint}/3", "/4", "/end"], server.Requests.Skip(1).Take(6).Select(request => request.Path));
    }

    [Fact]
    public async Task Run_RedirectsInACircle_End()
    {
        await using RawServer server = RawServer.Start(exchange => IsPlayback(exchange) ? RedirectAsync(exchange, "/ace/r/a/b") : exchange.ReplyAsync(Session));

        (EngineFailure failure, _) = await RunAsync(server);

        Assert.Equal(EngineFailureKind.BadReply, failure.Kind);
        Assert.Equal(4 * 6, server.Requests.Count(request => request.Path == "/ace/r/a/b"));
    }

    /// <summary>Two engines, one of which fails; another worker, not heard of, may be reading the other.</summary>
    [Theory]
    [InlineData("60")]
    [InlineData("0")]
    public async Task Run_AnothersEngineIsTheOnlyOneLeft_IsLeftAloneForHalfOfThePatience(string avoidPeriod)
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using RawServer anothers = RawServer.Start(exchange =>
        {
            asked.TrySetResult();
            return IsPlayback(exchange) ? exchange.HoldAsync() : exchange.ReplyAsync(Session);
        });
        await using RawServer failing = RawServer.Start(exchange => exchange.WriteAsync("HTTP/1.1 500 Internal Server Error\r\n\r\n"));
        await using var streams = new StreamsUnderTest(
            [anothers.EndPoint, failing.EndPoint], ("UPSTREAM_AVOID_PERIOD", avoidPeriod), ("UPSTREAM_GIVE_UP", "60"));
        using ChunkRing ring = streams.NewRing();
        using RingWriter writer = streams.NewWriter(ring);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var progress = new UpstreamProgress();
        long lastData = streams.Time.GetTimestamp();
        progress.Flows(lastData);

        Task<EngineFailure> run = streams.ReadBesideAsync(
            streams.Engines.Engines.Single(engine => engine.Address.Port == anothers.EndPoint.Port), StreamsUnderTest.Request(Hash), writer, progress, ring, ending.Token);
        await streams.Time.AdvanceUntilAsync(asked.Task, TimeSpan.FromSeconds(0.5), Cancellation);

        Assert.InRange(streams.Time.GetElapsedTime(lastData).TotalSeconds, 30, 59);
        Assert.InRange(failing.Requests.Count, 10, 200); // meanwhile it was asked again and again
        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    [Fact]
    public async Task Run_ClosedBeforeItOpens_AsksNobodyAndItsSlotIsFreeAtOnce()
    {
        await using var engine = ScriptedEngine.Holding(open: true);
        await using var streams = new StreamsUnderTest(engine.EndPoint);
        using ChunkRing ring = streams.NewRing();
        using RingWriter writer = streams.NewWriter(ring);
        Engine only = streams.Engines.Engines.Single();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            streams.PlayOnAsync(only, StreamsUnderTest.Request(Hash), writer, new UpstreamProgress(), ring, new CancellationToken(canceled: true)));

        Assert.Equal((0, 0), (streams.Engines.SessionsOn(only), engine.Opened));
    }

    /// <summary>Its viewers are thrown out after UPSTREAM_GIVE_UP; who stands in line has seen nothing yet.</summary>
    [Fact]
    public async Task Run_EngineFailsAndTheOtherIsFull_HasTheNextSlotThereBeforeWhoStandsInLine()
    {
        await using RawServer failing = RawServer.Start(exchange => exchange.WriteAsync("HTTP/1.1 500 Internal Server Error\r\n\r\n"));
        await using var full = new ScriptedEngine();
        await using Scene scene = await Scene.StartAsync(failing.EndPoint, full.EndPoint);
        await scene.BothWaitAsync();

        scene.Held.Dispose();

        await full.AskedAsync(engine => engine.Played, 1, Cancellation);
        using EngineReservation? newcomers = await scene.Newcomer.WaitAsync(SafetyNet.Limit, Cancellation);
        Assert.Same(scene.First, newcomers!.Engine);
        await scene.EndAsync();
        Assert.Equal(0, scene.Streams.Engines.SessionsOn(scene.Second));
    }

    [Fact]
    public async Task Run_OpeningHangsAndTheOtherIsFull_HasTheNextSlotThereBeforeWhoStandsInLine()
    {
        await using var hanging = ScriptedEngine.Holding(open: true);
        await using var full = new ScriptedEngine();
        await using Scene scene = await Scene.StartAsync(hanging.EndPoint, full.EndPoint);
        await scene.LosePatienceAsync(hanging);
        await scene.BothWaitAsync();

        scene.Held.Dispose();

        await full.AskedAsync(engine => engine.Played, 1, Cancellation);
        Assert.False(scene.Newcomer.IsCompleted); // what is opened late has its slot still
        hanging.MayOpen.SetResult();
        using EngineReservation? newcomers = await scene.Newcomer.WaitAsync(SafetyNet.Limit, Cancellation);
        Assert.Equal((scene.First, 1), (newcomers!.Engine, hanging.Stopped));
        await scene.EndAsync();
    }

    [Fact]
    public async Task Run_HangingOpeningIsAnsweredMeanwhile_LeavesTheSlotToTheLine()
    {
        await using var hanging = ScriptedEngine.Holding(open: true);
        await using var full = new ScriptedEngine();
        await using Scene scene = await Scene.StartAsync(hanging.EndPoint, full.EndPoint);
        await scene.LosePatienceAsync(hanging);
        await scene.BothWaitAsync();

        hanging.MayOpen.SetResult();
        await hanging.AskedAsync(engine => engine.Played, 1, Cancellation);
        Assert.Equal(1, scene.Streams.Engines.Waiting);
        scene.Held.Dispose();

        using EngineReservation? newcomers = await scene.Newcomer.WaitAsync(SafetyNet.Limit, Cancellation);
        Assert.Equal((scene.Second, 0), (newcomers!.Engine, full.Opened));
        await scene.EndAsync();
    }

    [Fact]
    public async Task Run_StopHangsOnTheEngineThatStalled_MovesMeanwhile()
    {
        await using var stalled = ScriptedEngine.Holding(stop: true);
        await using var full = new ScriptedEngine();
        await using Scene scene = await Scene.StartAsync(stalled.EndPoint, full.EndPoint);
        await stalled.AskedAsync(engine => engine.Played, 1, Cancellation);
        await scene.StallAsync();
        await stalled.AskedAsync(engine => engine.Stopped, 1, Cancellation);
        await scene.BothWaitAsync();

        scene.Held.Dispose();

        await full.AskedAsync(engine => engine.Played, 1, Cancellation);
        Assert.Equal(1, scene.Streams.Engines.SessionsOn(scene.First));
        Assert.False(scene.Newcomer.IsCompleted);
        stalled.MayStop.SetResult();
        using EngineReservation? newcomers = await scene.Newcomer.WaitAsync(SafetyNet.Limit, Cancellation);
        Assert.Same(scene.First, newcomers!.Engine);
        await scene.EndAsync();
        Assert.Equal((1, 1), (stalled.Stopped, full.Stopped));
    }

    private const string Session = """{"response": {"playback_url": "/ace/r/a/b", "command_url": "/ace/cmd/a/b"}}""";

    private static bool IsPlayback(RawExchange exchange) => exchange.Request.Path is not ("/ace/getstream" or "/ace/cmd/a/b");

    /// <summary>Without a length, and left open, as a real engine does it.</summary>
    private static async Task RedirectAsync(RawExchange exchange, string location)
    {
        await exchange.WriteAsync($"HTTP/1.1 302 Found\r\nLocation: {location}\r\n\r\n");
        await exchange.HoldAsync();
    }

    private static async Task<(EngineFailure Failure, long Bytes)> RunAsync(RawServer server)
    {
        await using var streams = new StreamsUnderTest(server.EndPoint);
        using ChunkRing ring = streams.NewRing();
        using RingWriter writer = streams.NewWriter(ring);
        var progress = new UpstreamProgress();
        EngineFailure failure = await streams.ReadAsync(StreamsUnderTest.Request(Hash), writer, progress, ring, Cancellation)
            .WaitAsync(TimeSpan.FromSeconds(10), Cancellation);
        return (failure, progress.Bytes);
    }

    /// <summary>A stream that has played and has its slot on the first of two engines; the second is full, and somebody stands in line.</summary>
    private sealed class Scene : IAsyncDisposable
    {
        private readonly CancellationTokenSource _ending = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        private readonly UpstreamProgress _progress = new();
        private readonly ChunkRing _ring;
        private readonly RingWriter _writer;
        private readonly Task<EngineFailure> _run;

        private Scene(StreamsUnderTest streams, EngineReservation held)
        {
            (Streams, Held) = (streams, held);
            _ring = streams.NewRing();
            _writer = streams.NewWriter(_ring);
            _run = streams.PlayOnAsync(First, StreamsUnderTest.Request(Hash), _writer, _progress, _ring, _ending.Token);
            Newcomer = streams.Engines.ReserveAsync([], Cancellation);
        }

        public StreamsUnderTest Streams { get; }

        public Engine First => Streams.Engines.Engines[0];

        public Engine Second => Streams.Engines.Engines[1];

        /// <summary>The only slot of the second.</summary>
        public EngineReservation Held { get; }

        public Task<EngineReservation?> Newcomer { get; }

        public static async Task<Scene> StartAsync(IPEndPoint first, IPEndPoint second)
        {
            var streams = new StreamsUnderTest(
                [first, second], ("ENGINE_MAX_STREAMS", "1"), ("ENGINE_WAIT_TIMEOUT", "600"), ("ENGINE_STOP_TIMEOUT", "60"),
                ("UPSTREAM_OPENING_PATIENCE", "7")); // nothing else takes so long
            return new Scene(streams, (await streams.Engines.TryReserveOtherAsync(streams.Engines.Engines[0].Address.Id))!);
        }

        public Task BothWaitAsync() => SafetyNet.EventuallyAsync(() => Streams.Engines.Waiting == 2, () => $"{Streams.Engines.Waiting} wait for a slot");

        /// <summary>The first has not answered an opening for so long that another would be asked beside it.</summary>
        public async Task LosePatienceAsync(ScriptedEngine hanging)
        {
            await hanging.AskedAsync(engine => engine.Opened, 1, Cancellation);
            await Streams.Time.TimerInAsync(TimeSpan.FromSeconds(7), Cancellation);
            Streams.Time.Advance(7);
        }

        /// <summary>Nothing comes for longer than STALL_TIMEOUT.</summary>
        public Task StallAsync() => SafetyNet.EventuallyAsync(
            () =>
            {
                Streams.Time.Advance(0.25);
                return _progress.Reconnections > 0;
            },
            () => "nobody minds that nothing comes");

        public async Task EndAsync()
        {
            await _ending.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _run);
        }

        public async ValueTask DisposeAsync()
        {
            await _ending.CancelAsync();
            Task gone = GoneAsync();
            while (await Task.WhenAny(gone, Task.Delay(10, CancellationToken.None)) != gone)
            {
                Streams.Time.Advance(10); // what a failed test has left hanging ends at its limit
            }

            await gone;
            _ending.Dispose();
        }

        private async Task GoneAsync()
        {
            await ((Task)_run).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _writer.Dispose();
            _ring.Dispose();
            await Streams.DisposeAsync();
        }
    }

    private static void AssertTwoSessionsWithTwoReadersEach(RawServer server) => Assert.Equal(
        ["/ace/getstream", "/ace/r/a/b", "/ace/r/a/b", "/ace/cmd/a/b", "/ace/getstream", "/ace/r/a/b", "/ace/r/a/b", "/ace/cmd/a/b"],
        server.Requests.Select(request => request.Path));
}
