using AceProxy.Content;
using AceProxy.EngineApi;
using AceProxy.LiveStreams;

namespace AceProxy.Tests.LiveStreams;

public sealed class LiveStreamTests
{
    private const string Hash = "0123456789abcdef0123456789abcdef01234567";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Detach_LastClientAndGraceOver_StopsTheSessionOnceAndGivesEverythingBack()
    {
        await using var engine = new ScriptedEngine();
        await using StreamsUnderTest streams = Streams(engine);
        using Client client = streams.NewClient();
        LiveStream stream = await PlayingAsync(streams, client);
        Assert.Equal((LiveStreamState.Playing, 1), (stream.State, streams.Engines.SessionsOn(streams.Engines.Engines[0])));

        stream.Detach(client);
        Assert.Equal(LiveStreamState.Idle, stream.State);
        streams.Time.Advance(4.999);
        Assert.Equal(LiveStreamState.Idle, stream.State);
        streams.Time.Advance(0.001);

        await stream.Ended.WaitAsync(Patience, Cancellation);
        Assert.Equal((1, 1, 1), (engine.Opened, engine.Played, engine.Stopped));
        Assert.Equal((0, 0), (streams.Slabs.Rented, streams.Engines.SessionsOn(streams.Engines.Engines[0])));
        Assert.Empty(streams.Registry.All());
        Assert.False(streams.Registry.Contains(stream.Key));
        Assert.Null(stream.Failure);
    }

    [Fact]
    public async Task Close_BeforeItRuns_EndsItAllTheSame()
    {
        await using var engine = new ScriptedEngine();
        await using StreamsUnderTest streams = Streams(engine);
        LiveStream stream = streams.NewStream(Hash);

        Assert.True(stream.Close(null));
        await stream.RunAsync().WaitAsync(Patience, Cancellation);

        Assert.True(stream.Ended.IsCompletedSuccessfully);
        Assert.Equal(0, engine.Opened);
    }

    [Fact]
    public async Task Detach_BackInTheLastMomentAndGoneAgain_CountsTheGracePeriodAfresh()
    {
        await using var engine = new ScriptedEngine();
        await using StreamsUnderTest streams = Streams(engine);
        using Client first = streams.NewClient(), second = streams.NewClient(), third = streams.NewClient();
        LiveStream stream = await PlayingAsync(streams, first);

        stream.Detach(first);
        streams.Time.Advance(4.9);
        Assert.Same(stream, streams.Registry.Attach(stream.Request, second));
        streams.Time.Advance(30); // longer than any round that the first leaving began
        Assert.Equal(LiveStreamState.Playing, stream.State);
        stream.Detach(second);
        streams.Time.Advance(4.9);
        Assert.Same(stream, streams.Registry.Attach(stream.Request, third));
        stream.Detach(third);
        streams.Time.Advance(4.9); // the second round ends in here, the third does not
        Assert.Equal(LiveStreamState.Idle, stream.State);
        streams.Time.Advance(0.1);

        await stream.Ended.WaitAsync(Patience, Cancellation);
        Assert.Equal((1, 1), (engine.Opened, engine.Stopped));
    }

    [Fact]
    public async Task Detach_OneOfTwo_KeepsTheStreamAndItsCount()
    {
        await using var engine = new ScriptedEngine();
        await using StreamsUnderTest streams = Streams(engine);
        using Client first = streams.NewClient(), second = streams.NewClient();
        LiveStream stream = await PlayingAsync(streams, first);
        stream.TryAttach(second);
        first.Accepted(100);
        second.Accepted(10);

        stream.Detach(first);
        stream.Detach(first);
        streams.Time.Advance(30);

        Assert.Equal((LiveStreamState.Playing, 110L), (stream.State, stream.BytesOut));
        Assert.Equal([second], stream.Clients);
    }

    [Fact]
    public async Task Attach_ManyAtOnce_ShareOneStreamAndOneSession()
    {
        await using var engine = new ScriptedEngine();
        await using StreamsUnderTest streams = Streams(engine);

        LiveStream?[] attached = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ =>
            Task.Run(() => streams.Registry.Attach(StreamsUnderTest.Request(Hash), streams.NewClient()))));

        LiveStream stream = Assert.Single(attached.Distinct())!;
        await HasDataAsync(stream);
        Assert.Equal((200, 1), (stream.Clients.Count, engine.Opened));
    }

    [Fact]
    public async Task Attach_WhileClosing_IsRefusedAndTheSuccessorWaitsForTheStop()
    {
        await using ScriptedEngine engine = ScriptedEngine.Holding(stop: true);
        await using StreamsUnderTest streams = Streams(engine);
        using Client first = streams.NewClient(), second = streams.NewClient();
        LiveStream stream = await PlayingAsync(streams, first);

        stream.Close(null);
        Assert.False(stream.TryAttach(second));
        Assert.Equal(LiveStreamState.Stopping, stream.State);
        LiveStream successor = streams.Registry.Attach(stream.Request, second)!;
        await engine.AskedAsync(asked => asked.Stopped, 1, Cancellation);
        Assert.NotSame(stream, successor);
        Assert.False(stream.Ended.IsCompleted);
        engine.MayStop.SetResult();

        await HasDataAsync(successor);
        Assert.Equal([0, 1], engine.ConfirmedBeforeOpening);
        Assert.Same(successor, streams.Registry.Attach(stream.Request, streams.NewClient())); // the end of the old one left its key alone
    }

    [Fact]
    public async Task Close_Twice_FirstReasonCounts()
    {
        await using var engine = new ScriptedEngine();
        await using StreamsUnderTest streams = Streams(engine);
        using Client client = streams.NewClient();
        LiveStream stream = await PlayingAsync(streams, client);

        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Task.Run(() => stream.Close(new(EngineFailureKind.Interrupted, "one")))));
        stream.Close(new(EngineFailureKind.TimedOut, "two"));

        await stream.Ended.WaitAsync(Patience, Cancellation);
        Assert.Equal("one", stream.Failure?.Message);
        Assert.Equal(1, engine.Stopped);
    }

    [Fact]
    public async Task Detach_EverybodyGoneBeforeTheEngineAnswers_StopsWhatItOpensUnread()
    {
        await using ScriptedEngine engine = ScriptedEngine.Holding(open: true);
        await using StreamsUnderTest streams = Streams(engine);
        using Client client = streams.NewClient();
        LiveStream stream = streams.Registry.Attach(StreamsUnderTest.Request(Hash), client)!;
        await engine.AskedAsync(asked => asked.Opened, 1, Cancellation);

        stream.Detach(client);
        streams.Time.Advance(5);
        engine.MayOpen.SetResult();

        await stream.Ended.WaitAsync(Patience, Cancellation);
        Assert.Equal((1, 1, 0), (engine.Opened, engine.Stopped, engine.Played));
    }

    [Fact]
    public async Task Detach_OneOfTwoBeforeTheEngineAnswers_LeavesTheStartToTheOther()
    {
        await using ScriptedEngine engine = ScriptedEngine.Holding(open: true);
        await using StreamsUnderTest streams = Streams(engine);
        using Client leaver = streams.NewClient(), waiter = streams.NewClient();
        LiveStream stream = streams.Registry.Attach(StreamsUnderTest.Request(Hash), leaver)!;
        await engine.AskedAsync(asked => asked.Opened, 1, Cancellation);
        stream.TryAttach(waiter);

        stream.Detach(leaver);
        streams.Time.Advance(10);
        engine.MayOpen.SetResult();

        await HasDataAsync(stream);
        Assert.Equal((1, 0), (engine.Opened, engine.Stopped));
    }

    [Fact]
    public async Task Attach_AfterTheGracePeriodButBeforeTheEngineAnswers_GetsThatSession()
    {
        await using ScriptedEngine engine = ScriptedEngine.Holding(open: true);
        await using StreamsUnderTest streams = Streams(engine);
        using Client leaver = streams.NewClient(), late = streams.NewClient();
        LiveStream stream = streams.Registry.Attach(StreamsUnderTest.Request(Hash), leaver)!;
        await engine.AskedAsync(asked => asked.Opened, 1, Cancellation);
        stream.Detach(leaver);
        streams.Time.Advance(5);

        Assert.Same(stream, streams.Registry.Attach(stream.Request, late));
        engine.MayOpen.SetResult();

        await HasDataAsync(stream);
        Assert.Equal((1, 0), (engine.Opened, engine.Stopped));
    }

    [Fact]
    public async Task Run_NoDataWithinTheInitialTimeout_FailsAndStopsTheSession()
    {
        await using var engine = new ScriptedEngine { IsSilent = true };
        await using StreamsUnderTest streams = Streams(engine);
        using Client client = streams.NewClient();
        LiveStream stream = streams.Registry.Attach(StreamsUnderTest.Request(Hash), client)!;
        await engine.AskedAsync(asked => asked.Played, 1, Cancellation);

        streams.Time.Advance(29.999);
        Assert.False(stream.Ring.IsCompleted);
        streams.Time.Advance(0.001);

        await stream.Ended.WaitAsync(Patience, Cancellation);
        Assert.Equal(EngineFailureKind.TimedOut, stream.Failure?.Kind);
        Assert.Equal((1, 1), (engine.Opened, engine.Stopped));
    }

    [Fact]
    public async Task Ended_ClientsStayBeyondTheRingsTime_AreEnded()
    {
        await using var engine = new ScriptedEngine();
        await using StreamsUnderTest streams = Streams(engine);
        using Client client = streams.NewClient();
        LiveStream stream = await PlayingAsync(streams, client);
        stream.Close(null);
        await stream.Ended.WaitAsync(Patience, Cancellation);
        Assert.True(streams.Slabs.Rented > 0); // for the client to take the rest

        await streams.Time.TimerInAsync(TimeSpan.FromSeconds(60), Cancellation);
        streams.Time.Advance(60);
        Assert.Equal(EndReason.StreamEnded, client.EndReason);
        stream.Detach(client);

        await stream.Forgotten.WaitAsync(Patience, Cancellation);
        Assert.Equal(0, streams.Slabs.Rented);
        Assert.Empty(streams.Registry.All());
    }

    [Fact]
    public async Task Run_SessionTurnsOutToBeAnotherStreamsContent_IsStoppedAndNamesTheTwin()
    {
        await using var engine = new ScriptedEngine();
        await using StreamsUnderTest streams = Streams(engine);
        using Client first = streams.NewClient(), second = streams.NewClient();
        LiveStream known = await PlayingAsync(streams, first);
        var byId = new ContentSelector(SelectorKind.ContentId, new string('c', 40), 0);

        LiveStream other = streams.Registry.Attach(new ContentRequest(ContentKey.ForUnresolved(byId), [byId]), second)!;
        await other.Ended.WaitAsync(Patience, Cancellation);

        Assert.Equal(known.Key, other.Twin);
        Assert.Equal((2, 1, 1), (engine.Opened, engine.Stopped, engine.Played));
        Assert.Equal(LiveStreamState.Playing, known.State);
    }

    [Fact]
    public async Task Run_NextSessionOfOneThatPlaysTurnsOutToBeAnotherStreamsContent_PlaysOn()
    {
        TaskCompletionSource cut = new(TaskCreationOptions.RunContinuationsAsynchronously), goesOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int opened = 0, firstPlayed = 0;
        await using RawServer engine = RawServer.Start(async exchange =>
        {
            switch (exchange.Request.Path)
            {
                case "/ace/getstream":
                    int number = Interlocked.Increment(ref opened);
                    string infohash = number == 1 ? "" : $", \"infohash\": \"{Hash}\"";
                    await exchange.ReplyAsync($"{{\"response\": {{\"playback_url\": \"/ace/r/{number}\", \"command_url\": \"/ace/cmd/{number}\"{infohash}}}}}");
                    break;
                case "/ace/r/1" when Interlocked.Increment(ref firstPlayed) > 1:
                    await exchange.WriteAsync("HTTP/1.1 404 Not Found\r\n\r\n");
                    break;
                case string path when path.StartsWith("/ace/r/", StringComparison.Ordinal):
                    await exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\n\r\n");
                    await exchange.WriteAsync(ScriptedEngine.Packets());
                    _ = path == "/ace/r/3" && goesOn.TrySetResult();
                    await (path == "/ace/r/1" ? cut.Task : exchange.HoldAsync());
                    break;
                default:
                    await exchange.ReplyAsync("{\"response\": \"ok\", \"error\": null}");
                    break;
            }
        });
        await using var streams = new StreamsUnderTest(engine.EndPoint, ("STALL_TIMEOUT", "600"), ("UPSTREAM_FIRST_BYTE_TIMEOUT", "600"));
        using Client first = streams.NewClient(), second = streams.NewClient();
        var byId = new ContentSelector(SelectorKind.ContentId, new string('c', 40), 0);
        LiveStream stream = streams.Registry.Attach(new ContentRequest(ContentKey.ForUnresolved(byId), [byId]), first)!;
        await HasDataAsync(stream);
        LiveStream twin = await PlayingAsync(streams, second);
        Assert.NotSame(stream, twin);

        cut.SetResult();
        await streams.Time.AdvanceUntilAsync(Task.WhenAny(goesOn.Task, stream.Ended), TimeSpan.FromSeconds(2), Cancellation);

        Assert.False(stream.IsClosed, stream.Failure?.Message);
        Assert.True(SpinWait.SpinUntil(() => stream.Progress.IsFlowing, Patience));
        Assert.Equal((LiveStreamState.Playing, LiveStreamState.Playing, null), (stream.State, twin.State, stream.Twin));
        Assert.Same(twin, streams.Registry.Attach(StreamsUnderTest.Request(Hash), streams.NewClient()));
    }

    [Fact]
    public async Task Run_IdAskedFirst_IsFoundByItsInfohashToo()
    {
        await using var engine = new ScriptedEngine();
        await using StreamsUnderTest streams = Streams(engine);
        using Client first = streams.NewClient(), second = streams.NewClient();
        var byId = new ContentSelector(SelectorKind.ContentId, new string('c', 40), 0);
        LiveStream stream = streams.Registry.Attach(new ContentRequest(ContentKey.ForUnresolved(byId), [byId]), first)!;
        await HasDataAsync(stream);

        Assert.Same(stream, streams.Registry.Attach(StreamsUnderTest.Request(Hash), second));
        stream.Close(null);
        await stream.Ended.WaitAsync(Patience, Cancellation);
        Assert.False(streams.Registry.Contains(ContentKey.ForInfohash(Hash, 0)));
        Assert.False(streams.Registry.Contains(stream.Key));
    }

    [Fact]
    public async Task Stop_Worker_EndsClientsStopsSessionsAndTakesNobodyIn()
    {
        await using var engine = new ScriptedEngine();
        await using StreamsUnderTest streams = Streams(engine);
        using Client client = streams.NewClient(), late = streams.NewClient();
        LiveStream stream = await PlayingAsync(streams, client);

        await streams.Registry.StopAsync(Cancellation).WaitAsync(Patience, Cancellation);

        Assert.Equal((EngineFailureKind.ShuttingDown, true), (stream.Failure?.Kind, stream.Ring.IsCompleted));
        Assert.Equal(1, engine.Stopped);
        Assert.Null(client.EndReason); // it has a moment to take what is left
        await streams.Time.TimerInAsync(TimeSpan.FromSeconds(1), Cancellation);
        streams.Time.Advance(1);
        Assert.Equal(EndReason.Shutdown, client.EndReason);
        Assert.Null(streams.Registry.Attach(stream.Request, late));
    }

    private static StreamsUnderTest Streams(ScriptedEngine engine) => new(engine.EndPoint, ("STALL_TIMEOUT", "600"), ("UPSTREAM_FIRST_BYTE_TIMEOUT", "600"));

    private static async Task<LiveStream> PlayingAsync(StreamsUnderTest streams, Client client)
    {
        LiveStream stream = streams.Registry.Attach(StreamsUnderTest.Request(Hash), client)!;
        await HasDataAsync(stream);
        return stream;
    }

    private static async Task HasDataAsync(LiveStream stream)
    {
        while (true)
        {
            Task changed = stream.Ring.Changed;
            if (stream.Ring.Next > 0)
            {
                Assert.True(SpinWait.SpinUntil(() => stream.Progress.IsFlowing, Patience)); // noted just after the data
                return;
            }

            Assert.False(stream.Ring.IsCompleted, stream.Failure?.Message);
            await changed.WaitAsync(Patience, Cancellation);
        }
    }
}
