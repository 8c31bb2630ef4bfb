using AceProxy.Engines;
using AceProxy.Tests.Settings;

namespace AceProxy.Tests.Engines;

public sealed class EnginePoolTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task TryReserve_OneForwarded_IsTakenUntilItIsFull()
    {
        using EnginePool engines = Pool("a,b;forwarded,c");

        List<string> hosts = [];
        while (await engines.TryReserveAsync([]) is { } reservation)
        {
            hosts.Add(reservation.Engine.Address.Host);
        }

        Assert.Equal(["b", "b", "b", "a", "c", "a", "c", "a", "c"], hosts);
        Assert.All(engines.Engines, engine => Assert.Equal(3, engines.SessionsOn(engine)));
    }

    [Fact]
    public async Task TryReserve_Equals_AreTakenInTurn()
    {
        using EnginePool engines = Pool("a,b,c");
        var hosts = new List<string>();
        for (int i = 0; i < 6; i++)
        {
            using EngineReservation? reservation = await engines.TryReserveAsync([]);
            hosts.Add(reservation!.Engine.Address.Host);
        }

        Assert.Equal(["a", "b", "c", "a", "b", "c"], hosts);
    }

    [Fact]
    public async Task TryReserve_OneWithFewerSessions_IsTaken()
    {
        using EnginePool engines = Pool("a,b,c");
        var held = new List<EngineReservation?>();
        for (int i = 0; i < 6; i++)
        {
            held.Add(await engines.TryReserveAsync([]));
        }

        held.First(reservation => reservation!.Engine.Address.Host == "b")!.Dispose();

        Assert.Equal("b", engines.Peek()!.Address.Host);
        Assert.Equal("b", (await engines.TryReserveAsync([]))!.Engine.Address.Host);
    }

    [Fact]
    public async Task TryReserve_Avoided_IsTakenWhenThereIsNoOther()
    {
        using EnginePool engines = Pool("a;forwarded,b");
        Engine first = engines.Peek()!;

        List<string> hosts = [];
        for (int i = 0; i < 4; i++)
        {
            hosts.Add((await engines.TryReserveAsync([first]))!.Engine.Address.Host);
        }

        Assert.Equal(["b", "b", "b", "a"], hosts);
    }

    [Fact]
    public void Peek_Asked_TakesNothing()
    {
        using EnginePool engines = Pool("a,b");

        Assert.Same(engines.Peek(), engines.Peek());
        Assert.All(engines.Engines, engine => Assert.Equal(0, engines.SessionsOn(engine)));
    }

    [Fact]
    public async Task Dispose_Twice_GivesBackOnce()
    {
        using EnginePool engines = Pool("a");
        EngineReservation first = (await engines.TryReserveAsync([]))!;
        using EngineReservation second = (await engines.TryReserveAsync([]))!;

        first.Dispose();
        first.Dispose();

        Assert.Equal(1, engines.SessionsOn(Assert.Single(engines.Engines)));
    }

    [Fact]
    public async Task Reserve_AThousandInParallel_AllGetOneAndLeaveNone()
    {
        using EnginePool engines = Pool("a,b;forwarded,c;forwarded");

        await Task.WhenAll(Enumerable.Range(0, 1000).Select(_ => Task.Run(async () =>
        {
            EngineReservation reservation = (await engines.ReserveAsync([], Cancellation))!;
            Parallel.Invoke(reservation.Dispose, reservation.Dispose);
        })));

        Assert.All(engines.Engines, engine => Assert.Equal(0, engines.SessionsOn(engine)));
    }

    private static EnginePool Pool(string engines)
    {
        var options = EngineOptions.Read(Configured.With(("ENGINES", engines)));
        return new EnginePool(options, new EngineSlots(options), new ManualTimeProvider());
    }
}
