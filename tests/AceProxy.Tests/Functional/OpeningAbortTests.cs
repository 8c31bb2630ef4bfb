using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.EngineSimulator.Observation;

namespace AceProxy.Tests.Functional;

/// <summary>Clients that leave at every point of an opening: what was opened is stopped once, and nothing is left.</summary>
public sealed class OpeningAbortTests
{
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(0.4);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("after connecting", false)]
    [InlineData("after connecting", true)]
    [InlineData("in the request line", false)]
    [InlineData("in the request line", true)]
    [InlineData("before the blank line", false)]
    [InlineData("after the request", false)]
    [InlineData("after the request", true)]
    [InlineData("while resolving", false)]
    [InlineData("while resolving", true)]
    [InlineData("while opening", false)]
    [InlineData("while opening", true)]
    [InlineData("while prebuffering", false)]
    [InlineData("while prebuffering", true)]
    [InlineData("before the first byte", true)]
    [InlineData("after the header", false)]
    [InlineData("after the header", true)]
    [InlineData("in mid-chunk", false)]
    [InlineData("in mid-chunk", true)]
    public async Task GetStream_ClientLeaves_EverySessionIsStoppedOnceAndNothingIsLeft(string moment, bool byReset)
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Slow(moment));
        engine.Service = engine.Service with { Delay = moment == "while resolving" ? Delay : TimeSpan.Zero };
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine, ("PROXY_GRACE_PERIOD", "0.1"));
        string request = $"GET /ace/getstream?id={content.ContentId} HTTP/1.1\r\nHost: proxy\r\n\r\n";

        for (int round = 1; round <= 3; round++)
        {
            using Wire wire = await Wire.ConnectAsync(proxy.Address);
            await wire.SendAsync(moment switch
            {
                "after connecting" => "",
                "in the request line" => request[..20],
                "before the blank line" => request[..^2],
                _ => request,
            });
            await WaitForAsync(moment, round, engine, wire);
            if (byReset)
            {
                wire.Reset();
            }
            else
            {
                wire.Dispose();
            }

            await proxy.SettledAsync(engine);
        }

        // A late request may still be on its way within the server; stopping it waits for that.
        await proxy.StopAsync();
        await proxy.SettledAsync(engine);
        engine.AssertEachStoppedOnce();
        if (moment is "after connecting" or "in the request line" or "before the blank line")
        {
            Assert.Equal(0, engine.RequestCount);
        }
    }

    [Fact]
    public async Task GetStream_OneOfTwoLeavesWhileBothWait_TheOtherIsServedByTheSameSession()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Slow("while opening"));
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine, ("PROXY_GRACE_PERIOD", "0"));
        string request = $"GET /ace/getstream?infohash={content.Infohash} HTTP/1.1\r\nHost: proxy\r\n\r\n";
        Wire leaver = await Wire.ConnectAsync(proxy.Address);
        await leaver.SendAsync(request);
        await engine.MoreAsync(EngineEventKind.SessionOpened, 0);
        Task<Viewer> staying = Viewer.JoinAsync(proxy, $"infohash={content.Infohash}");
        await ClientsAsync(proxy, 2);

        leaver.Reset();
        await ClientsAsync(proxy, 1);
        using (Viewer viewer = await staying)
        {
            await viewer.UntilAsync(checker => checker.Packets > 100);
            viewer.Checker.AssertGapless();
        }

        await proxy.SettledAsync(engine);
        Assert.Equal(1, engine.SessionsOpened);
        engine.AssertEachStoppedOnce();
    }

    [Fact]
    public async Task GetStream_AllLeaveWhileOpeningAndOneComesBackWithinTheGracePeriod_TheSessionIsKept()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Slow("while opening"));
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine, ("PROXY_GRACE_PERIOD", "5"));
        await LeaveWhileOpeningAsync(proxy, engine, content);

        using (Viewer viewer = await Viewer.JoinAsync(proxy, $"infohash={content.Infohash}"))
        {
            await viewer.UntilAsync(checker => checker.Packets > 100);
        }

        Assert.Equal(1, engine.SessionsOpened);
        await proxy.StopAsync();
        engine.AssertEachStoppedOnce();
    }

    [Fact]
    public async Task GetStream_AllLeaveWhileOpeningAndOneComesBackAfterTheGracePeriodButBeforeTheEngineAnswers_TheSessionIsKept()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Slow("while opening") with { OpenDelay = TimeSpan.FromSeconds(6) });
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine, ("PROXY_GRACE_PERIOD", "0"));
        await LeaveWhileOpeningAsync(proxy, engine, content);

        using (Viewer viewer = await Viewer.JoinAsync(proxy, $"infohash={content.Infohash}"))
        {
            await viewer.UntilAsync(checker => checker.Packets > 100);
        }

        await proxy.SettledAsync(engine);
        Assert.Equal(1, engine.SessionsOpened);
        engine.AssertEachStoppedOnce();
    }

    [Fact]
    public async Task GetStream_AllLeaveWhileOpeningAndOneComesBackAfterTheSessionIsStopped_AnotherIsOpened()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Slow("while opening"));
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine, ("PROXY_GRACE_PERIOD", "0"));
        await LeaveWhileOpeningAsync(proxy, engine, content);
        await engine.WaitUntilAsync(present => present.Sessions[0].StopCount == 1, SafetyNet.Limit, Cancellation);

        using (Viewer viewer = await Viewer.JoinAsync(proxy, $"infohash={content.Infohash}"))
        {
            await viewer.UntilAsync(checker => checker.Packets > 100);
        }

        await proxy.SettledAsync(engine);
        Assert.Equal(2, engine.SessionsOpened);
        engine.AssertEachStoppedOnce();
    }

    [Fact]
    public async Task GetStream_ComesWhileThePredecessorIsBeingStopped_WaitsForItsEnd()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped() with { StopDelay = TimeSpan.FromSeconds(0.5) });
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine, ("PROXY_GRACE_PERIOD", "0"));
        for (int round = 1; round <= 3; round++)
        {
            using Viewer viewer = await Viewer.JoinAsync(proxy, $"infohash={content.Infohash}");
            await viewer.UntilAsync(checker => checker.Packets > 100);
            viewer.Dispose();
            await engine.WaitUntilAsync(present => present.RequestsTo("/ace/cmd/") == round, SafetyNet.Limit, Cancellation);
        }

        await proxy.SettledAsync(engine);
        Assert.Equal(3, engine.SessionsOpened);
        engine.AssertEachStoppedOnce();
        engine.AssertOneReaderAtATime();
        Assert.Equal(0, engine.Count(EngineEventKind.SessionSuperseded));
    }

    [Fact]
    public async Task GetStream_HundredClientsLeaveAtRandomMomentsOfTheOpening_OneSessionIsOpenedAndStoppedOnce()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Slow("while opening") with { PrebufferDelay = Delay * 2 });
        engine.Service = engine.Service with { Delay = Delay / 2 };
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine, ("PROXY_GRACE_PERIOD", "2"));
        var random = new Random(1);
        await Task.WhenAll(Enumerable.Range(0, 100).Select(async number =>
        {
            TimeSpan stays = Delay * 2.5 * random.NextDouble();
            using Wire wire = await Wire.ConnectAsync(proxy.Address);
            string query = number % 2 == 0 ? $"id={content.ContentId}" : $"infohash={content.Infohash}";
            await wire.SendAsync($"GET /ace/getstream?{query} HTTP/1.1\r\nHost: proxy\r\n\r\n");
            await Task.Delay(stays, Cancellation); // the moment is what varies here, nothing waits for it
            if (number % 3 == 0)
            {
                wire.Reset();
            }
        }));

        await proxy.SettledAsync(engine);
        Assert.Equal(1, engine.SessionsOpened);
        engine.AssertEachStoppedOnce();
    }

    private static ContentScript Slow(string moment) => moment switch
    {
        "while opening" => Contents.Stamped() with { OpenDelay = Delay },
        "while prebuffering" => Contents.Stamped() with { PrebufferDelay = Delay },
        "before the first byte" => Contents.Stamped() with { FirstByteDelay = Delay },
        _ => Contents.Stamped(),
    };

    private static async Task WaitForAsync(string moment, int round, SimulatedEngine engine, Wire wire)
    {
        switch (moment)
        {
            case "while resolving" when round == 1: // afterwards it is known
                await engine.WaitUntilAsync(present => present.RequestsTo("/server/api") == 1, SafetyNet.Limit, Cancellation);
                break;
            case "while opening":
                await engine.WaitUntilAsync(present => present.SessionsOpened == round, SafetyNet.Limit, Cancellation);
                break;
            case "while prebuffering":
                await engine.WaitUntilAsync(present => present.RequestsTo("/ace/r/") == round, SafetyNet.Limit, Cancellation);
                break;
            case "before the first byte":
                await engine.WaitUntilAsync(present => present.ReaderCount == 1, SafetyNet.Limit, Cancellation);
                break;
            case "after the header":
                Assert.Equal(200, (await wire.ReadHeadAsync()).Status);
                break;
            case "in mid-chunk":
                Assert.Equal(200, (await wire.ReadHeadAsync()).Status);
                await wire.ReadExactlyAsync(1_000);
                break;
        }
    }

    private static async Task LeaveWhileOpeningAsync(RunningProxy proxy, SimulatedEngine engine, SimulatedContent content)
    {
        string request = $"GET /ace/getstream?infohash={content.Infohash} HTTP/1.1\r\nHost: proxy\r\n\r\n";
        Wire[] wires = [await Wire.ConnectAsync(proxy.Address), await Wire.ConnectAsync(proxy.Address)];
        foreach (Wire wire in wires)
        {
            await wire.SendAsync(request);
        }

        await ClientsAsync(proxy, 2);
        await engine.MoreAsync(EngineEventKind.SessionOpened, 0);
        wires[0].Reset();
        wires[1].Dispose();
        await ClientsAsync(proxy, 0);
    }

    private static Task ClientsAsync(RunningProxy proxy, int count) => SafetyNet.EventuallyAsync(
        () => proxy.Streams.All().Sum(stream => stream.Clients.Count) == count,
        () => $"{proxy.Streams.All().Sum(stream => stream.Clients.Count)} clients instead of {count}");
}
