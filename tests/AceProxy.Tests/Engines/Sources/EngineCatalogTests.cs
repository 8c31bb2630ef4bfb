using AceProxy.Engines;
using AceProxy.Engines.Orders;
using AceProxy.Engines.Sources;
using Microsoft.Extensions.Logging;

namespace AceProxy.Tests.Engines.Sources;

public sealed class EngineCatalogTests
{
    [Fact]
    public async Task Apply_NamedByTwoSources_IsOneEngineForwardedIfEitherSaysSo()
    {
        await using var engines = new EnginesUnderTest("one:1,two:2");

        engines.Catalog.Apply("other", new SourceAnswer([Listed("TWO:2;forwarded"), Listed("three:3")], null));

        Assert.Equal("one:1 three:3 two:2", engines.Ids);
        Assert.True(engines["two:2"].Address.IsForwarded);
        Assert.Equal(["ENGINES", "other"], engines["two:2"].Sources);
    }

    /// <summary>Its slots, and what other workers say of them, are found by its id.</summary>
    [Fact]
    public async Task Apply_TwoSpellingsComeAndGo_TheEngineAndItsIdStayTheSame()
    {
        await using var engines = new EnginesUnderTest("none");
        engines.Catalog.Apply("o", new SourceAnswer([Listed("Engine1:1")], null));
        using EngineReservation held = (await engines.Pool.TryReserveAsync([]))!;
        string before = held.Engine.Address.Id;

        engines.Orders.Give(EngineOrderKind.Registered, new EngineAddress("ENGINE1", 1, false), true);
        engines.Catalog.Apply("o", new SourceAnswer([], null));

        Assert.Same(held.Engine, Assert.Single(engines.Catalog.Engines));
        Assert.Equal(["registered"], held.Engine.Sources);
        Assert.Equal(("engine1:1", "engine1:1"), (before, held.Engine.Address.Id));
        Assert.False(engines.Pool.HasOther("engine1:1"));
    }

    [Fact]
    public async Task Apply_SourceFails_KeepsItsEnginesAndSaysSoOnce()
    {
        await using var engines = new EnginesUnderTest("none");
        engines.Catalog.Apply("dns", new SourceAnswer([Listed("a")], null));

        engines.Catalog.Apply("dns", SourceAnswer.Failed("no answer"));
        engines.Catalog.Apply("dns", SourceAnswer.Failed("no answer"));

        SourceReport report = engines.Catalog.Sources.Single(source => source.Name == "dns");
        Assert.Equal((1, "no answer", engines.Time.GetUtcNow()), (report.Engines.Count, report.Problem, report.AnsweredAt));
        Assert.Equal(EngineState.Healthy, engines["a:6878"].Health.State);
        Assert.Equal(1, engines.Log.Count("Engine source dns failed: no answer"));

        engines.Catalog.Apply("dns", new SourceAnswer([Listed("a")], null));
        Assert.Null(engines.Catalog.Sources.Single(source => source.Name == "dns").Problem);
        Assert.Equal(1, engines.Log.Count("Engine source dns answers again"));
    }

    [Fact]
    public async Task Apply_EngineWithSessionsLeavesItsSource_IsGoneAndForgottenAfterTheLast()
    {
        await using var engines = new EnginesUnderTest("none");
        engines.Catalog.Apply("dns", new SourceAnswer([Listed("a")], null));
        EngineReservation reservation = (await engines.Pool.TryReserveAsync([]))!;

        engines.Catalog.Apply("dns", new SourceAnswer([], null));

        Assert.Equal(EngineState.Gone, engines["a:6878"].Health.State);
        Assert.True(reservation.Engine.MoveAway.IsCancellationRequested);
        Assert.Null(await engines.Pool.TryReserveAsync([]));

        reservation.Dispose();
        Assert.Empty(engines.Catalog.Engines);
    }

    [Fact]
    public async Task Apply_EngineWithoutSessionsLeavesItsSource_IsForgottenAtOnce()
    {
        await using var engines = new EnginesUnderTest("none");
        _ = engines.Pool; // it is the pool that knows what is empty
        engines.Catalog.Apply("dns", new SourceAnswer([Listed("a"), Listed("b"), Listed("c")], null));

        engines.Catalog.Apply("dns", new SourceAnswer([Listed("b")], null));

        Assert.Equal("b:6878", engines.Ids);
    }

    [Fact]
    public async Task Apply_EngineThatIsGoneIsNamedAgain_TakesSessionsAgain()
    {
        await using var engines = new EnginesUnderTest("none");
        engines.Catalog.Apply("dns", new SourceAnswer([Listed("a")], null));
        using EngineReservation? held = await engines.Pool.TryReserveAsync([]);
        engines.Catalog.Apply("dns", new SourceAnswer([], null));

        engines.Catalog.Apply("dns", new SourceAnswer([Listed("a")], null));

        using EngineReservation? next = await engines.Pool.TryReserveAsync([]);
        Assert.Same(held!.Engine, next!.Engine);
        Assert.Equal(2, engines.Pool.SessionsOn(next.Engine));
    }

    [Fact]
    public async Task Apply_RegisteredEngine_SurvivesWhatOtherSourcesSay()
    {
        await using var engines = new EnginesUnderTest("none");
        engines.Orders.Give(EngineOrderKind.Registered, new EngineAddress("mine", 1, false), true);
        engines.Catalog.Apply("dns", new SourceAnswer([Listed("a"), Listed("mine:1")], null));

        engines.Catalog.Apply("dns", new SourceAnswer([], null));

        Assert.Equal(["registered"], engines["mine:1"].Sources);
        Assert.Equal(EngineState.Healthy, engines["mine:1"].Health.State);
    }

    [Fact]
    public async Task Apply_SourceComplainsOrDrains_IsDegradedOrDraining()
    {
        await using var engines = new EnginesUnderTest("none");

        engines.Catalog.Apply("o", new SourceAnswer([Listed("a") with { Complaint = "unwell" }, Listed("b") with { Draining = "wants it" }], null));

        Assert.Equal((EngineState.Degraded, "unwell"), (engines["a:6878"].Health.State, engines["a:6878"].Health.Reason));
        Assert.Equal((EngineState.Draining, "wants it"), (engines["b:6878"].Health.State, engines["b:6878"].Health.Reason));
        Assert.Equal("a:6878", engines.Pool.Peek()!.Address.Id);
    }

    [Fact]
    public async Task Changes_OfState_AreLoggedOnceEach()
    {
        await using var engines = new EnginesUnderTest("a");

        engines["a:6878"].Drain(true);
        engines["a:6878"].Drain(true);
        engines["a:6878"].Drain(false);

        Assert.Equal(
            [
                (LogLevel.Warning, "Engine a:6878 was Healthy and is Draining: drained by an operator"),
                (LogLevel.Information, "Engine a:6878 was Draining and is Healthy: not asked yet"),
            ],
            engines.Log.Lines.Where(line => line.Text.Contains(" was ", StringComparison.Ordinal)));
    }

    private static ListedEngine Listed(string text) => new(EngineAddress.TryParse(text, out _)!);
}
