using AceProxy.Engines;
using AceProxy.Engines.Orders;

namespace AceProxy.Tests.Engines;

public sealed class EnginePoolTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task TryReserve_ForwardedFirst_FillsTheForwardedThenTheOthersInTurn()
    {
        await using var engines = new EnginesUnderTest("a,b;forwarded,c");

        Assert.Equal("b b b a c a c a c", await TakeAllAsync(engines.Pool));
        Assert.All(engines.Pool.Engines, engine => Assert.Equal(3, engines.Pool.SessionsOn(engine)));
    }

    [Fact]
    public async Task TryReserve_Balanced_SpreadsAndLetsForwardedBreakTies()
    {
        await using var engines = new EnginesUnderTest("a,b;forwarded,c", ("ENGINE_SELECTION", "balanced"), ("ENGINE_MAX_STREAMS", "2"));

        Assert.Equal("b a c b a c", await TakeAllAsync(engines.Pool));
    }

    [Fact]
    public async Task TryReserve_Equals_AreTakenInTurn()
    {
        await using var engines = new EnginesUnderTest("a,b,c");
        var hosts = new List<string>();
        for (int i = 0; i < 6; i++)
        {
            using EngineReservation? reservation = await engines.Pool.TryReserveAsync([]);
            hosts.Add(reservation!.Engine.Address.Host);
        }

        Assert.Equal(["a", "b", "c", "a", "b", "c"], hosts);
    }

    [Fact]
    public async Task TryReserve_Avoided_IsTakenWhenThereIsNoOther()
    {
        await using var engines = new EnginesUnderTest("a;forwarded,b", ("ENGINE_MAX_STREAMS", "2"));

        Assert.Equal("b b a a", await TakeAllAsync(engines.Pool, engines["a:6878"]));
    }

    [Fact]
    public async Task TryReserve_DrainingOne_IsLeftOutAndComesBack()
    {
        await using var engines = new EnginesUnderTest("a;forwarded,b", ("ENGINE_MAX_STREAMS", "1"));

        engines["a:6878"].Drain(true);
        EngineReservation first = (await engines.Pool.TryReserveAsync([]))!;
        EngineReservation? second = await engines.Pool.TryReserveAsync([]);
        engines["a:6878"].Drain(false);
        EngineReservation? third = await engines.Pool.TryReserveAsync([]);

        Assert.Equal("b", first.Engine.Address.Host);
        Assert.Null(second);
        Assert.Equal("a", third!.Engine.Address.Host);
    }

    [Fact]
    public async Task Peek_Asked_TakesNothingAndNamesTheNextBestOfThoseNotAskedYet()
    {
        await using var engines = new EnginesUnderTest("a,b;forwarded");

        Assert.Equal("b:6878", engines.Pool.Peek()?.Address.Id);
        Assert.Equal("a:6878", engines.Pool.Peek([engines["b:6878"]])?.Address.Id);
        Assert.Null(engines.Pool.Peek([.. engines.Catalog.Engines]));
        Assert.All(engines.Pool.Engines, engine => Assert.Equal(0, engines.Pool.SessionsOn(engine)));
    }

    [Fact]
    public async Task Peek_AllFull_StillNamesOne()
    {
        await using var engines = new EnginesUnderTest("a", ("ENGINE_MAX_STREAMS", "1"));
        using EngineReservation? taken = await engines.Pool.TryReserveAsync([]);

        Assert.Same(taken!.Engine, engines.Pool.Peek());
    }

    [Fact]
    public async Task Reserve_NothingFreeWithinTheLimit_IsNull()
    {
        await using var engines = new EnginesUnderTest("a,b", ("ENGINE_MAX_STREAMS", "1"), ("ENGINE_WAIT_TIMEOUT", "4"));
        await TakeAllAsync(engines.Pool);

        Task<EngineReservation?> waiting = engines.Pool.ReserveAsync([], Cancellation);
        await engines.Time.TimerInAsync(TimeSpan.FromSeconds(4), Cancellation);
        Assert.True(engines.Pool.IsWanted);
        engines.Time.Advance(3.9);
        Assert.False(waiting.IsCompleted);
        engines.Time.Advance(0.2);

        Assert.Null(await waiting.WaitAsync(Functional.SafetyNet.Limit, Cancellation));
        Assert.False(engines.Pool.IsWanted);
        Assert.Equal("no engine is free: a:6878 has 1 of 1 sessions; b:6878 has 1 of 1 sessions", engines.Pool.DescribeShortage());
    }

    [Fact]
    public async Task Reserve_NoWaitAllowed_TakesWhatIsFreeAndNoMore()
    {
        await using var engines = new EnginesUnderTest("a", ("ENGINE_MAX_STREAMS", "1"), ("ENGINE_WAIT_TIMEOUT", "0"));

        using EngineReservation? first = await engines.Pool.ReserveAsync([], Cancellation);
        using EngineReservation? second = await engines.Pool.ReserveAsync([], Cancellation);

        Assert.NotNull(first);
        Assert.Null(second);
        Assert.False(engines.Pool.IsWanted);
    }

    [Fact]
    public async Task Reserve_SlotsFreedOneByOne_GoInOrderOfArrival()
    {
        const int Waiting = 20;
        await using var engines = new EnginesUnderTest("a", ("ENGINE_MAX_STREAMS", "1"));
        EngineReservation held = (await engines.Pool.TryReserveAsync([]))!;
        var served = new List<int>();
        Task[] waiters = [.. Enumerable.Range(0, Waiting).Select(async number =>
        {
            using EngineReservation? reservation = await engines.Pool.ReserveAsync([], Cancellation);
            served.Add(number); // alone, for there is one slot
        })];

        held.Dispose();

        await Task.WhenAll(waiters).WaitAsync(Functional.SafetyNet.Limit, Cancellation);
        Assert.Equal(Enumerable.Range(0, Waiting), served);
    }

    [Fact]
    public async Task ReserveAhead_NothingFree_GoesBeforeThoseInLineAndWaitsForItsOwnTime()
    {
        await using var engines = new EnginesUnderTest("a", ("ENGINE_MAX_STREAMS", "1"), ("ENGINE_WAIT_TIMEOUT", "100"));
        EngineReservation held = (await engines.Pool.TryReserveAsync([]))!;
        Task<EngineReservation?> inLine = engines.Pool.ReserveAsync([], Cancellation);
        Task<EngineReservation?> impatient = engines.Pool.ReserveAheadAsync([], "", TimeSpan.FromSeconds(5), Cancellation);
        Task<EngineReservation?> ahead = engines.Pool.ReserveAheadAsync([], "", TimeSpan.FromSeconds(60), Cancellation);
        Assert.Equal(3, engines.Pool.Waiting);

        engines.Time.Advance(6);
        Assert.Null(await impatient.WaitAsync(Functional.SafetyNet.Limit, Cancellation));
        held.Dispose();
        EngineReservation? first = await ahead.WaitAsync(Functional.SafetyNet.Limit, Cancellation);
        Assert.False(inLine.IsCompleted);
        first!.Dispose();

        using EngineReservation? second = await inLine.WaitAsync(Functional.SafetyNet.Limit, Cancellation);
        Assert.NotNull(second);
        Assert.Equal(0, engines.Pool.Waiting);
    }

    [Fact]
    public async Task ReserveAhead_SomeNever_LeavesThemToTheLineAndHasTheOthersBeforeIt()
    {
        await using var engines = new EnginesUnderTest("a,b", ("ENGINE_MAX_STREAMS", "1"));
        EngineReservation a = (await engines.Pool.TryReserveOtherAsync("b:6878"))!, b = (await engines.Pool.TryReserveOtherAsync("a:6878"))!;
        Task<EngineReservation?> first = engines.Pool.ReserveAsync([], Cancellation);
        Task<EngineReservation?> second = engines.Pool.ReserveAsync([], Cancellation);
        Task<EngineReservation?> ahead = engines.Pool.ReserveAheadAsync([], [a.Engine], "", TimeSpan.FromSeconds(60), Cancellation);

        a.Dispose();
        Assert.Same(a.Engine, (await first.WaitAsync(Functional.SafetyNet.Limit, Cancellation))!.Engine);
        Assert.False(ahead.IsCompleted);

        b.Dispose();
        EngineReservation? got = await ahead.WaitAsync(Functional.SafetyNet.Limit, Cancellation);
        Assert.Same(b.Engine, got!.Engine);
        Assert.False(second.IsCompleted);

        got.Dispose();
        Assert.Same(b.Engine, (await second.WaitAsync(Functional.SafetyNet.Limit, Cancellation))!.Engine);
    }

    [Fact]
    public async Task TryReserveOther_IsNeverTheNamed()
    {
        await using var engines = new EnginesUnderTest("a,b", ("ENGINE_MAX_STREAMS", "1"));

        using EngineReservation? other = await engines.Pool.TryReserveOtherAsync("a:6878");
        Assert.Equal("b", other!.Engine.Address.Host);
        Assert.Null(await engines.Pool.TryReserveOtherAsync("a:6878"));
    }

    [Fact]
    public async Task TryReserve_SomeNever_TakesOneItAvoidsRatherThanThem()
    {
        await using var engines = new EnginesUnderTest("a,b", ("ENGINE_MAX_STREAMS", "1"));
        Engine first = engines["a:6878"], second = engines["b:6878"];

        using EngineReservation? slot = await engines.Pool.TryReserveAsync([first, second], [first]);
        Assert.Same(second, slot!.Engine);
        Assert.Null(await engines.Pool.TryReserveAsync([], [first]));
    }

    [Fact]
    public async Task Reserve_LineIsFull_IsNullAtOnce()
    {
        await using var engines = new EnginesUnderTest("none");
        Task<EngineReservation?>[] line = [.. Enumerable.Range(0, 1001).Select(_ => engines.Pool.ReserveAsync([], Cancellation))];

        Assert.Null(await engines.Pool.ReserveAsync([], Cancellation).WaitAsync(Functional.SafetyNet.Limit, Cancellation));

        Assert.DoesNotContain(line, waiting => waiting.IsCompleted);
    }

    [Fact]
    public async Task Reserve_NewcomerWhileOthersWait_StandsBehindThem()
    {
        await using var engines = new EnginesUnderTest("a", ("ENGINE_MAX_STREAMS", "1"));
        EngineReservation held = (await engines.Pool.TryReserveAsync([]))!;
        Task<EngineReservation?> first = engines.Pool.ReserveAsync([], Cancellation);
        Task<EngineReservation?> second = engines.Pool.ReserveAsync([], Cancellation);

        held.Dispose();
        EngineReservation? reservation = await first.WaitAsync(Functional.SafetyNet.Limit, Cancellation);
        Assert.False(second.IsCompleted);
        reservation!.Dispose();

        Assert.NotNull(await second.WaitAsync(Functional.SafetyNet.Limit, Cancellation));
    }

    [Fact]
    public async Task Reserve_FirstInLineGivesUp_TheNextGetsTheSlot()
    {
        await using var engines = new EnginesUnderTest("a", ("ENGINE_MAX_STREAMS", "1"));
        EngineReservation held = (await engines.Pool.TryReserveAsync([]))!;
        using var patience = new CancellationTokenSource();
        Task<EngineReservation?> first = engines.Pool.ReserveAsync([], patience.Token);
        Task<EngineReservation?> second = engines.Pool.ReserveAsync([], Cancellation);

        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        held.Dispose();

        Assert.NotNull(await second.WaitAsync(Functional.SafetyNet.Limit, Cancellation));
    }

    /// <summary>Whatever wins, the waiter has the slot or nobody has. How long to hesitate follows who won, so it stays close on any machine.</summary>
    [Fact]
    public async Task Reserve_GivesUpAtTheMomentASlotIsFreed_NothingIsLost()
    {
        await using var engines = new EnginesUnderTest("a", ("ENGINE_MAX_STREAMS", "1"));
        int got = 0;
        int hesitation = 0;
        for (int round = 0; round < 500; round++)
        {
            EngineReservation held = (await engines.Pool.TryReserveAsync([]))!;
            using var patience = new CancellationTokenSource();
            Task<EngineReservation?> waiting = engines.Pool.ReserveAsync([], patience.Token);
            Parallel.Invoke(held.Dispose, () =>
            {
                Thread.SpinWait(hesitation);
                patience.Cancel();
            });
            try
            {
                using EngineReservation? reservation = await waiting.WaitAsync(Functional.SafetyNet.Limit, Cancellation);
                Assert.NotNull(reservation);
                got++;
                hesitation /= 2;
            }
            catch (OperationCanceledException)
            {
                hesitation = Math.Min((hesitation * 2) + 1, 1 << 24); // it gave up in time
            }

            Assert.Equal(0, engines.Pool.SessionsOn(engines["a:6878"]));
        }

        Assert.InRange(got, 1, 499); // both came first now and then
    }

    [Fact]
    public async Task Reserve_AThousandInParallel_AllGetOneNoEngineHasMoreThanItsMostAndNoneIsLeft()
    {
        await using var engines = new EnginesUnderTest("a,b;forwarded,c;forwarded", ("ENGINE_MAX_STREAMS", "2"), ("ENGINE_WAIT_TIMEOUT", "600"));
        int[] held = new int[3];
        int most = 0;

        await Task.WhenAll(Enumerable.Range(0, 1000).Select(_ => Task.Run(async () =>
        {
            EngineReservation reservation = (await engines.Pool.ReserveAsync([], Cancellation))!;
            int engine = reservation.Engine.Address.Host[0] - 'a';
            int now = Interlocked.Increment(ref held[engine]);
            InterlockedMax(ref most, now);
            await Task.Yield();
            Interlocked.Decrement(ref held[engine]);
            Parallel.Invoke(reservation.Dispose, reservation.Dispose);
        })));

        Assert.InRange(most, 1, 2); // two at once only where two threads meet
        Assert.All(engines.Pool.Engines, engine => Assert.Equal(0, engines.Pool.SessionsOn(engine)));
    }

    [Fact]
    public async Task Reserve_EngineIsRegisteredMeanwhile_GetsItsSlot()
    {
        await using var engines = new EnginesUnderTest("none");
        Task<EngineReservation?> waiting = engines.Pool.ReserveAsync([], Cancellation);
        Assert.Equal("no engine is known", engines.Pool.DescribeShortage());

        engines.Orders.Give(EngineOrderKind.Registered, new EngineAddress("late", 1, false), true);

        Assert.Equal("late:1", (await waiting.WaitAsync(Functional.SafetyNet.Limit, Cancellation))!.Engine.Address.Id);
    }

    private static async Task<string> TakeAllAsync(EnginePool engines, params Engine[] avoided)
    {
        List<string> hosts = [];
        while (await engines.TryReserveAsync(avoided) is { } reservation)
        {
            hosts.Add(reservation.Engine.Address.Host);
        }

        return string.Join(' ', hosts);
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (int seen = Volatile.Read(ref most); value > seen; seen = Volatile.Read(ref most))
        {
            Interlocked.CompareExchange(ref most, value, seen);
        }
    }
}
