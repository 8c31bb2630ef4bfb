using AceProxy.Engines;

namespace AceProxy.Tests.Engines;

public sealed class EngineListTests
{
    [Fact]
    public void TryReserve_NoEngines_IsNull()
    {
        EngineList engines = List();

        Assert.Null(engines.TryReserve());
        Assert.Null(engines.Peek());
    }

    [Fact]
    public void TryReserve_OneForwarded_IsTakenHoweverBusy()
    {
        EngineList engines = List("a", "b;forwarded", "c");

        string[] hosts = [.. Enumerable.Range(0, 5).Select(_ => engines.TryReserve()!.Engine.Address.Host)];

        Assert.All(hosts, host => Assert.Equal("b", host));
    }

    [Fact]
    public void TryReserve_Equals_AreTakenInTurn()
    {
        EngineList engines = List("a", "b", "c");
        var hosts = new List<string>();
        for (int i = 0; i < 6; i++)
        {
            using EngineReservation reservation = engines.TryReserve()!;
            hosts.Add(reservation.Engine.Address.Host);
        }

        Assert.Equal(["a", "b", "c", "a", "b", "c"], hosts);
    }

    [Fact]
    public void TryReserve_OneWithFewerSessions_IsTaken()
    {
        EngineList engines = List("a", "b", "c");
        EngineReservation[] held = [.. Enumerable.Range(0, 6).Select(_ => engines.TryReserve()!)];

        held.First(reservation => reservation.Engine.Address.Host == "b").Dispose();

        Assert.Equal("b", engines.Peek()!.Address.Host);
        Assert.Equal("b", engines.TryReserve()!.Engine.Address.Host);
    }

    [Fact]
    public void Peek_Asked_TakesNothing()
    {
        EngineList engines = List("a", "b");

        Assert.Same(engines.Peek(), engines.Peek());
        Assert.All(engines.Engines, engine => Assert.Equal(0, engine.Sessions));
    }

    [Fact]
    public void Dispose_Twice_GivesBackOnce()
    {
        EngineList engines = List("a");
        EngineReservation first = engines.TryReserve()!;
        using EngineReservation second = engines.TryReserve()!;

        first.Dispose();
        first.Dispose();

        Assert.Equal(1, Assert.Single(engines.Engines).Sessions);
    }

    [Fact]
    public async Task Dispose_AThousandInParallel_LeavesNone()
    {
        EngineList engines = List("a", "b;forwarded", "c;forwarded");

        await Task.WhenAll(Enumerable.Range(0, 1000).Select(_ => Task.Run(() =>
        {
            EngineReservation reservation = engines.TryReserve()!;
            Parallel.Invoke(reservation.Dispose, reservation.Dispose);
        })));

        Assert.All(engines.Engines, engine => Assert.Equal(0, engine.Sessions));
    }

    private static EngineList List(params string[] engines) =>
        new(new EngineOptions([.. engines.Select(text => EngineAddress.TryParse(text, out _)!)]));
}
