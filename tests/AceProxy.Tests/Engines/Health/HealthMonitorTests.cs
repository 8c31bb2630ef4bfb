using AceProxy.Engines;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;

namespace AceProxy.Tests.Engines.Health;

/// <summary>Real engines that hang, refuse and come back, on a clock that the test moves.</summary>
public sealed class HealthMonitorTests
{
    [Fact]
    public async Task Check_AtTheStart_AsksBothQuestionsOpensNoSessionAndKeepsTheVersion()
    {
        await using SimulatedEngine simulator = await SimulatedEngine.StartAsync();
        await using EnginesUnderTest engines = Watching(simulator, ("ENGINE_STATUS_TIMEOUT", "60"));
        Engine engine = engines.Catalog.Engines.Single();

        await engines.AdvanceUntilAsync(() => engine.Version is not null);

        Assert.Equal(("3.2.3", true, EngineState.Healthy, "answers"), (engine.Version, engine.IsConnected, engine.Health.State, engine.Health.Reason));
        Assert.Equal(
            ["/server/api?api_version=3&method=get_status", "/server/api?api_version=3&method=get_network_connection_status"],
            simulator.Requests.Take(2).Select(request => request.Target));
        Assert.Equal(0, simulator.SessionsOpened);
    }

    [Fact]
    public async Task Check_EngineHangs_IsOutAfterThreeTimeoutsAndBackByItself()
    {
        await using SimulatedEngine simulator = await SimulatedEngine.StartAsync();
        await using EnginesUnderTest engines = Watching(simulator);
        Engine engine = engines.Catalog.Engines.Single();
        await engines.AdvanceUntilAsync(() => engine.Version is not null);

        simulator.Hang(true);
        TimeSpan out1 = await engines.AdvanceUntilAsync(() => engine.Health.State == EngineState.Open);
        Assert.Equal("get_status: no reply within 3 s, 3 times in a row; left alone for 5 s at a time", engine.Health.Reason);
        simulator.Hang(false);
        TimeSpan back = await engines.AdvanceUntilAsync(() => engine.Health.State == EngineState.Healthy);

        // 12 s at most until it is asked, three times 3 s, 1 s between them, and what real time adds to a step.
        Assert.InRange(out1.TotalSeconds, 9, 30);
        Assert.InRange(back.TotalSeconds, 4, 20);
        TestContext.Current.TestOutputHelper?.WriteLine($"out after {out1.TotalSeconds:0.0} s, back {back.TotalSeconds:0.0} s after it recovered");
    }

    [Fact]
    public async Task Check_EngineRefuses_IsOutAndBackByItself()
    {
        await using SimulatedEngine simulator = await SimulatedEngine.StartAsync();
        simulator.Refuse(true);
        await using EnginesUnderTest engines = Watching(simulator);
        Engine engine = engines.Catalog.Engines.Single();
        Assert.Equal(EngineState.Healthy, engine.Health.State);

        await engines.AdvanceUntilAsync(() => engine.Health.State == EngineState.Open);
        Assert.StartsWith("get_status: ", engine.Health.Reason, StringComparison.Ordinal);
        Assert.Null(await engines.Pool.TryReserveAsync([]));
        simulator.Refuse(false);
        await engines.AdvanceUntilAsync(() => engine.Health.State == EngineState.Healthy);

        Assert.NotNull(await engines.Pool.TryReserveAsync([]));
    }

    [Fact]
    public async Task Check_EngineIsBack_WaiterIsWoken()
    {
        await using SimulatedEngine simulator = await SimulatedEngine.StartAsync();
        simulator.Refuse(true);
        await using EnginesUnderTest engines = Watching(simulator, ("ENGINE_WAIT_TIMEOUT", "600"));
        Engine engine = engines.Catalog.Engines.Single();
        await engines.AdvanceUntilAsync(() => engine.Health.State == EngineState.Open);
        Task<EngineReservation?> waiting = engines.Pool.ReserveAsync([], TestContext.Current.CancellationToken);

        simulator.Refuse(false);
        await engines.AdvanceUntilAsync(() => waiting.IsCompleted);

        Assert.Same(engine, (await waiting)!.Engine);
    }

    [Theory]
    [InlineData(ReplyDefect.Html, "get_status: the reply is not JSON")]
    [InlineData(ReplyDefect.InternalError, "get_status: HTTP 500")]
    [InlineData(ReplyDefect.TruncatedJson, "get_status: ")]
    [InlineData(ReplyDefect.Huge, "get_status: the reply is larger")]
    [InlineData(ReplyDefect.NeverAnswers, "get_status: no reply within 3 s")]
    public async Task Check_AnswersNonsense_IsOutWithTheReason(ReplyDefect defect, string reason)
    {
        await using SimulatedEngine simulator = await SimulatedEngine.StartAsync();
        simulator.Service = new ServiceScript { Defect = defect };
        await using EnginesUnderTest engines = Watching(simulator);
        Engine engine = engines.Catalog.Engines.Single();

        await engines.AdvanceUntilAsync(() => engine.Health.State == EngineState.Open);

        Assert.StartsWith(reason, engine.Health.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_FieldsMissingOrOfOtherTypes_IsStillUp()
    {
        await using SimulatedEngine simulator = await SimulatedEngine.StartAsync();
        simulator.Service = new ServiceScript { Defect = ReplyDefect.WrongTypes };
        await using EnginesUnderTest engines = Watching(simulator, ("ENGINE_STATUS_TIMEOUT", "60"));
        int asked = simulator.Requests.Count;

        await engines.AdvanceUntilAsync(() => simulator.Requests.Count > asked + 6);

        Assert.NotEqual(EngineState.Open, engines.Catalog.Engines.Single().Health.State);
    }

    [Fact]
    public async Task Check_NotConnected_IsDegradedAndStillTheLastResort()
    {
        await using SimulatedEngine simulator = await SimulatedEngine.StartAsync();
        simulator.Service = new ServiceScript { Connected = false };
        await using EnginesUnderTest engines = Watching(simulator);
        Engine engine = engines.Catalog.Engines.Single();

        await engines.AdvanceUntilAsync(() => engine.Health.State == EngineState.Degraded);

        Assert.Equal(false, engine.IsConnected);
        Assert.NotNull(await engines.Pool.TryReserveAsync([]));
    }

    [Fact]
    public async Task Check_FortyHungEngines_NeverAsksMoreThanSixteenAtOnce()
    {
        int open = 0, most = 0;
        Lock gate = new();
        RawServer[] servers = [.. Enumerable.Range(0, 40).Select(_ => RawServer.Start(async exchange =>
        {
            lock (gate)
            {
                most = Math.Max(most, ++open);
            }

            await exchange.HoldAsync();
            lock (gate)
            {
                open--;
            }
        }))];
        await using var engines = new EnginesUnderTest(string.Join(',', servers.Select(server => server.EndPoint)));
        engines.StartHealth();

        await Functional.SafetyNet.EventuallyAsync(() => Volatile.Read(ref open) == 16, () => $"{open} are asked");
        await engines.AdvanceUntilAsync(() => engines.Catalog.Engines.All(engine => engine.Health.State == EngineState.Open), step: 0.5);

        Assert.Equal(16, most);
        await Task.WhenAll(servers.Select(server => server.DisposeAsync().AsTask()));
    }

    private static EnginesUnderTest Watching(SimulatedEngine simulator, params (string Name, string? Value)[] settings)
    {
        var engines = new EnginesUnderTest(simulator.EndPoint.ToString(), settings);
        engines.StartHealth();
        return engines;
    }
}
