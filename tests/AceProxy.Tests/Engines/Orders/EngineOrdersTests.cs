using AceProxy.Engines;
using AceProxy.Engines.Orders;
using AceProxy.Engines.Sources;

namespace AceProxy.Tests.Engines.Orders;

/// <summary>What one worker makes of orders, its own and those of others.</summary>
public sealed class EngineOrdersTests
{
    private static readonly EngineAddress A = new("a", 1, false);

    [Fact]
    public async Task Give_Registered_IsThereAtOnceAndMarkedAnewAndTakenAway()
    {
        await using var engines = new EnginesUnderTest("none");

        engines.Orders.Give(EngineOrderKind.Registered, A, true);
        Assert.Equal((true, false), (engines.Orders.IsRegistered("A:1"), engines["a:1"].Address.IsForwarded));
        engines.Orders.Give(EngineOrderKind.Registered, A with { IsForwarded = true }, true);
        Assert.True(engines["a:1"].Address.IsForwarded);
        engines.Orders.Give(EngineOrderKind.Registered, A, false);

        Assert.Equal((false, ""), (engines.Orders.IsRegistered("a:1"), Named(engines)));
    }

    [Fact]
    public async Task Give_Again_IsTheSameOrder()
    {
        await using var engines = new EnginesUnderTest("none");
        EngineOrder? first = engines.Orders.Give(EngineOrderKind.Registered, A, true);
        engines.Time.Advance(1);

        Assert.Same(first, engines.Orders.Give(EngineOrderKind.Registered, A, true));
    }

    [Fact]
    public async Task Give_ClockBehindTheOneOfTheLastOrder_CountsAllTheSame()
    {
        await using var engines = new EnginesUnderTest("none");
        engines.Orders.Take(Order(true, stamp: Milliseconds(engines) + 60_000));

        EngineOrder? order = engines.Orders.Give(EngineOrderKind.Registered, A, false);

        Assert.Equal((Milliseconds(engines) + 60_001, ""), (order!.Stamp, Named(engines)));
    }

    [Fact]
    public async Task Drained_BeforeTheEngineIsNamed_HoldsWhenItIs()
    {
        await using var engines = new EnginesUnderTest("none");
        engines.Orders.Take(new EngineOrder(EngineOrderKind.Drained, A, true, Milliseconds(engines)));

        engines.Catalog.Apply("dns", new SourceAnswer([new ListedEngine(new EngineAddress("A", 1, false))], null));
        Assert.Equal(EngineState.Draining, engines["a:1"].Health.State);
        engines.Orders.Give(EngineOrderKind.Drained, A, false);

        Assert.Equal(EngineState.Healthy, engines["a:1"].Health.State);
    }

    [Fact]
    public async Task Take_TheSameOrdersInAnyOrder_EndsTheSame()
    {
        EngineOrder[] orders =
        [
            .. from host in (string[])["a", "b", "c"]
               from kind in Enum.GetValues<EngineOrderKind>()
               from stamp in (long[])[1, 2, 3]
               from isForwarded in (bool[])[true, false]
               from holds in (bool[])[true, false]
               select new EngineOrder(kind, new EngineAddress(host, 1, isForwarded), holds, 1_000_000_000_000_000 + stamp),
        ];
        HashSet<string> ends = [];
        for (int seed = 0; seed < 50; seed++)
        {
            await using var engines = new EnginesUnderTest("none");
            new Random(seed).Shuffle(orders);
            foreach (EngineOrder order in orders)
            {
                engines.Orders.Take(order);
            }

            ends.Add(string.Join(' ', engines.Orders.Exchange([]).Lacking.Select(order => order.ToString()).Order(StringComparer.Ordinal))
                + string.Join(' ', engines.Catalog.Engines.Select(engine => $"{engine.Health.State} {engine.Address}").Order(StringComparer.Ordinal)));
        }

        Assert.Single(ends);
    }

    [Fact]
    public async Task Exchange_WithOneThatHasNotHeardOfARemoval_TellsItAndIsNotMistaken()
    {
        await using var one = new EnginesUnderTest("none");
        await using var other = new EnginesUnderTest("none");
        EngineOrder registered = one.Orders.Give(EngineOrderKind.Registered, A, true)!;
        other.Orders.Take(registered);
        one.Time.Advance(1);
        EngineOrder removed = one.Orders.Give(EngineOrderKind.Registered, A, false)!;

        Assert.Equal([removed], one.Orders.Exchange([registered]).Lacking); // what lies between them is empty but for the old one
        Assert.Empty(other.Orders.Exchange([removed]).Lacking);

        Assert.Equal(("", ""), (Named(one), Named(other)));
    }

    [Fact]
    public async Task Exchange_ADayLater_ForgetsWhatHoldsNoLongerAndNothingElse()
    {
        await using var engines = new EnginesUnderTest("none");
        EngineOrder drained = engines.Orders.Give(EngineOrderKind.Drained, A, true)!;
        engines.Orders.Give(EngineOrderKind.Registered, A, true);
        EngineOrder removed = engines.Orders.Give(EngineOrderKind.Registered, A, false)!;
        engines.Time.Advance(TimeSpan.FromHours(23));
        Assert.Empty(engines.Orders.Exchange([]).Forgotten);
        engines.Time.Advance(TimeSpan.FromHours(2));

        (IReadOnlyList<EngineOrder> lacking, IReadOnlyList<EngineOrder> forgotten) = engines.Orders.Exchange([removed]);

        Assert.Equal([removed], forgotten);
        Assert.Equal([drained], lacking);
    }

    [Fact]
    public async Task Give_MoreThanMayBeRegistered_IsRefusedUntilOneIsTakenAway()
    {
        await using var engines = new EnginesUnderTest("none");
        for (int port = 1; port <= RegisteredSource.Most; port++)
        {
            Assert.NotNull(engines.Orders.Give(EngineOrderKind.Registered, A with { Port = port }, true));
        }

        EngineAddress more = new("b", 1, false);
        Assert.Null(engines.Orders.Give(EngineOrderKind.Registered, more, true));
        Assert.NotNull(engines.Orders.Give(EngineOrderKind.Registered, A with { IsForwarded = true }, true));
        Assert.NotNull(engines.Orders.Give(EngineOrderKind.Registered, A, false));
        Assert.NotNull(engines.Orders.Give(EngineOrderKind.Registered, more, true));
        Assert.Equal(RegisteredSource.Most, Named(engines).Split(' ').Length);
    }

    [Fact]
    public async Task Exchange_MoreThanMayBeRegistered_AllUseTheSameAndSaySo()
    {
        await using var one = new EnginesUnderTest("none");
        await using var other = new EnginesUnderTest("none");
        EngineOrder[] orders = [.. Enumerable.Range(1, RegisteredSource.Most + 2).Select(port => Order(true, port, port))];
        one.Orders.Exchange(orders);
        Array.Reverse(orders);
        other.Orders.Exchange(orders);

        Assert.Equal(Named(one), Named(other));
        Assert.Equal((RegisteredSource.Most, null), (one.Catalog.Engines.Count, one.Catalog.Find($"a:{RegisteredSource.Most + 1}")));
        Assert.Equal("1002 are registered; the 1000 that were the first are used", one.Catalog.Sources.Single(source => source.Name == "registered").Problem);
    }

    [Fact]
    public async Task Exchange_MoreThanIsRemembered_ForgetsTheOldestThatHoldNoLonger()
    {
        await using var engines = new EnginesUnderTest("none");
        long now = Milliseconds(engines);
        EngineOrder[] removals = [.. Enumerable.Range(1, EngineOrders.Most).Select(port => Order(false, now + port, port))];
        EngineOrder oldest = new(EngineOrderKind.Drained, A, true, now);

        Assert.Equal([removals[0]], engines.Orders.Exchange([.. removals, oldest]).Forgotten);
        Assert.NotNull(engines.Orders.Give(EngineOrderKind.Registered, new EngineAddress("b", 1, false), true)); // there is room for what is new
        Assert.Equal(EngineOrders.Most, engines.Orders.Exchange([]).Lacking.Count);
        Assert.Equal("b:1", Named(engines));
    }

    [Fact]
    public async Task Exchange_MoreDrainsThanAreRemembered_KeepsTheOldestAndRefusesMore()
    {
        await using var engines = new EnginesUnderTest("none");
        EngineOrder[] drains =
        [
            .. Enumerable.Range(1, EngineOrders.Most + 5).Select(port => new EngineOrder(EngineOrderKind.Drained, A with { Port = port }, true, port)),
        ];

        (IReadOnlyList<EngineOrder> lacking, IReadOnlyList<EngineOrder> forgotten) = engines.Orders.Exchange(drains);

        Assert.Equal((0, 0), (lacking.Count, forgotten.Count));
        Assert.Equal(drains[..EngineOrders.Most], engines.Orders.Exchange([]).Lacking.OrderBy(order => order.Stamp));
        Assert.Null(engines.Orders.Give(EngineOrderKind.Drained, new EngineAddress("b", 1, false), true));
        Assert.NotNull(engines.Orders.Give(EngineOrderKind.Drained, A, false));
    }

    [Fact]
    public async Task Orders_FromManyThreads_EndAsTheLastOfThemSay()
    {
        await using var engines = new EnginesUnderTest("none");
        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            var random = new Random(thread);
            for (int round = 0; round < 300; round++)
            {
                engines.Orders.Give((EngineOrderKind)random.Next(2), A with { Port = random.Next(1, 5) }, random.Next(2) == 0);
            }
        })));

        EngineOrder[] last = [.. engines.Orders.Exchange([]).Lacking];
        Assert.Equal(
            string.Join(' ', last.Where(order => order is { Kind: EngineOrderKind.Registered, Holds: true })
                .Select(order => order.Engine.Id).Order(StringComparer.Ordinal)),
            Named(engines));
        Assert.All(engines.Catalog.Engines.Where(engine => engine.Sources.Count > 0), engine => Assert.Equal(
            last.Any(order => order is { Kind: EngineOrderKind.Drained, Holds: true } && engine.IsNamed(order.Engine.Id)),
            engine.Health.State == EngineState.Draining));
    }

    private static EngineOrder Order(bool holds, long stamp, int port = 1) => new(EngineOrderKind.Registered, A with { Port = port }, holds, stamp);

    /// <summary>Those that are there, and not only remembered because something may be left on them.</summary>
    private static string Named(EnginesUnderTest engines) => string.Join(
        ' ', engines.Catalog.Engines.Where(engine => engine.Sources.Count > 0).Select(engine => engine.Address.Id).Order(StringComparer.Ordinal));

    private static long Milliseconds(EnginesUnderTest engines) => engines.Time.GetUtcNow().ToUnixTimeMilliseconds();
}
