using System.Globalization;
using AceProxy.Cluster;
using AceProxy.Cluster.Connection;
using AceProxy.Engines;
using AceProxy.EngineSimulator;
using AceProxy.Tests.Functional;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace AceProxy.Tests.Cluster;

/// <summary>ENGINE_MAX_STREAMS over all workers.</summary>
public sealed class SharedSlotsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RandomTakers_OnThreeWorkers_NeverHoldMoreThanThereMayBe()
    {
        const int Most = 3;
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        await using Workers workers = await Workers.StartAsync(
            3, redis, engine, ("ENGINE_MAX_STREAMS", $"{Most}"), ("WORKER_HEARTBEAT", "0.5"),
            ("PROXY_LEASE_TIME", "30"), ("REDIS_TIMEOUT", "20"), ("ENGINE_WAIT_TIMEOUT", "120"));
        int held = 0, highest = 0, got = 0;
        await Task.WhenAll(workers.All.SelectMany(worker => Enumerable.Range(0, 4).Select(taker => Task.Run(async () =>
        {
            var random = new Random(taker);
            for (int round = 0; round < 25; round++)
            {
                using EngineReservation? slot = await worker.Services.GetRequiredService<EnginePool>().ReserveAsync([], Cancellation);
                if (slot is null)
                {
                    continue;
                }

                int now = Interlocked.Increment(ref held);
                InterlockedMax(ref highest, now);
                Interlocked.Increment(ref got);
                await Task.Delay(random.Next(0, 10), Cancellation);
                Interlocked.Decrement(ref held); // before it is given back
            }
        }))));

        Assert.Equal(Most, highest);
        Assert.Equal(300, got);
        await SafetyNet.EventuallyAsync(
            () => workers.All.All(worker => worker.Services.GetRequiredService<EngineSlots>()
                .TakenAnywhere(worker.Services.GetRequiredService<EnginePool>().Engines[0]) == 0), () => "slots are left");
    }

    [Fact]
    public async Task SlotOfADeadWorker_IsFreeWhenItIsBelievedNoMore()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        (string, string)[] settings = [("ENGINE_MAX_STREAMS", "1"), ("WORKER_HEARTBEAT", "0.2"), ("PROXY_LEASE_TIME", "5"), ("ENGINE_WAIT_TIMEOUT", "0.3"), ("REDIS_TIMEOUT", "10")];
        await using Workers workers = await Workers.StartAsync(1, redis, engine, settings);
        EnginePool pool = workers[0].Services.GetRequiredService<EnginePool>();
        Assert.Equal(":1", await redis.AskAsync($"HSET {ClusterKeys.Engine(engine.EndPoint.ToString())} dead {Entry(1, 5, 5)}"));

        Assert.Null(await pool.ReserveAsync([], Cancellation));
        EngineReservation? slot = null;
        await SafetyNet.EventuallyAsync(
            async () => (slot = await pool.ReserveAsync([], Cancellation)) is not null, () => "the dead worker's slot is held for ever");
        slot!.Dispose();
    }

    [Theory]
    [InlineData("dead", 0, 1, true)]
    [InlineData("dead", 400, 1, false)] // it is alive
    [InlineData("dead", 0, 0, false)] // somebody has it already
    [InlineData("other", 0, 1, false)]
    public async Task SlotOfADeadWorker_IsItsSuccessorsAtOnceAndNobodyElses(string predecessor, int doubted, int slots, bool expected)
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        await using Workers workers = await Workers.StartAsync(
            1, redis, engine, ("ENGINE_MAX_STREAMS", "2"), ("WORKER_HEARTBEAT", "5"), ("PROXY_LEASE_TIME", "15"), ("REDIS_TIMEOUT", "10"));
        string key = ClusterKeys.Engine(engine.EndPoint.ToString())!;
        await redis.AskAsync($"HSET {key} dead {Entry(slots, doubted, 400)}");
        await redis.AskAsync($"HSET {key} alive {Entry(2 - slots, 400, 400)}");

        using EngineReservation? slot = await workers[0].Engines.ReserveAheadAsync([], predecessor, TimeSpan.FromSeconds(1), Cancellation);

        Assert.Equal(expected, slot is not null);
        string left = await redis.HashAsync(key, "dead");
        Assert.True(expected ? left.Length == 0 : left.StartsWith($"{slots}:", StringComparison.Ordinal), left);
    }

    /// <summary>Nobody tells that a worker is dead.</summary>
    [Fact]
    public async Task SlotOfAWorkerThatIsFoundToBeDeadOnlyLater_IsItsSuccessors()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        await using Workers workers = await Workers.StartAsync(
            1, redis, engine, ("ENGINE_MAX_STREAMS", "1"), ("WORKER_HEARTBEAT", "60"), ("REDIS_TIMEOUT", "10"));
        await redis.AskAsync($"HSET {ClusterKeys.Engine(engine.EndPoint.ToString())} dead {Entry(1, 2, 400)}");

        using EngineReservation? slot = await workers[0].Engines.ReserveAheadAsync([], "dead", SafetyNet.Limit, Cancellation);

        Assert.NotNull(slot);
    }

    [Fact]
    public async Task SlotThatIsPromised_IsTheHeirsWhenItIsGivenBack_AndAnybodysLater()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        await using Workers workers = await Workers.StartAsync(
            3, redis, engine, ("ENGINE_MAX_STREAMS", "1"), ("ENGINE_WAIT_TIMEOUT", "120"), ("PROXY_LEASE_TIME", "30"), ("REDIS_TIMEOUT", "10"));
        (RunningProxy giver, RunningProxy heir, RunningProxy other) = (workers[0], workers[1], workers[2]);
        EngineReservation held = (await giver.Engines.TryReserveAsync([]))!;
        Task<EngineReservation?> newcomer = other.Engines.ReserveAsync([], Cancellation);
        Task<EngineReservation?> ownNewcomer = giver.Engines.ReserveAsync([], Cancellation);
        Task<EngineReservation?> heirs = heir.Engines.ReserveAheadAsync([], "w0", SafetyNet.Limit, Cancellation);

        held.Heir = "w1";
        held.Dispose();
        EngineReservation first = (await heirs.WaitAsync(SafetyNet.Limit, Cancellation))!;
        Assert.False(newcomer.IsCompleted || ownNewcomer.IsCompleted);

        first.Heir = "gone";
        first.Dispose();
        foreach (Task<EngineReservation?> waiting in (Task<EngineReservation?>[])[newcomer, ownNewcomer])
        {
            _ = waiting.ContinueWith(slot => slot.Result!.Dispose(), Cancellation, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
        }

        Assert.All(await Task.WhenAll(newcomer, ownNewcomer).WaitAsync(SafetyNet.Limit, Cancellation), Assert.NotNull);
    }

    [Fact]
    public async Task RedisEmptied_WhoIsFirstToTellWhatItHoldsTakesNothingOfTheOthers()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        (string, string)[] settings =
        [
            ("ENGINES", engine.EndPoint.ToString()), ("ENGINE_MAX_STREAMS", "2"), ("ENGINE_WAIT_TIMEOUT", "120"), ("PROXY_LEASE_TIME", "7"),
            ("REDIS_TIMEOUT", "10"), .. redis.Settings,
        ];
        await using RunningProxy quick = await RunningProxy.StartAsync([.. settings, ("WORKER_ID", "quick"), ("WORKER_HEARTBEAT", "0.2")]);
        await using RunningProxy slow = await RunningProxy.StartAsync([.. settings, ("WORKER_ID", "slow"), ("WORKER_HEARTBEAT", "6")]);
        using EngineReservation? one = await slow.Engines.TryReserveAsync([]);
        using EngineReservation? other = await quick.Engines.TryReserveAsync([]);
        Task<EngineReservation?> newcomer = quick.Engines.ReserveAsync([], Cancellation);
        string key = ClusterKeys.Engine(engine.EndPoint.ToString())!;

        await redis.AskAsync("FLUSHALL");
        await SafetyNet.EventuallyAsync(async () => (await redis.HashAsync(key, "slow")).Length > 0, () => "it is not told again");

        Assert.False(newcomer.IsCompleted);
        one!.Dispose();
        (await newcomer.WaitAsync(SafetyNet.Limit, Cancellation))!.Dispose();
    }

    [Fact]
    public async Task SomethingElseInTheirPlace_IsReplacedAndNamed()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        await using Workers workers = await Workers.StartAsync(
            1, redis, engine, ("ENGINE_MAX_STREAMS", "1"), ("WORKER_HEARTBEAT", "0.2"), ("REDIS_TIMEOUT", "10"));
        string key = ClusterKeys.Engine(engine.EndPoint.ToString())!;
        var log = new RecordedLog();
        workers[0].Services.GetRequiredService<ILoggerFactory>().AddProvider(log);
        using EngineReservation? slot = await workers[0].Engines.TryReserveAsync([]);

        await redis.AskAsync($"SET {key} text");

        await SafetyNet.EventuallyAsync(() => log.Count($"{key} of all ") == 1, () => "nothing is said");
        Assert.StartsWith("1:", await redis.HashAsync(key, "w0"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SlotOfAWorkerWhoseHeartIsSlow_IsHeldForAsLongAsItSays()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        (string, string)[] settings = [("ENGINES", engine.EndPoint.ToString()), ("ENGINE_MAX_STREAMS", "1"), ("PROXY_LEASE_TIME", "1"), ("REDIS_TIMEOUT", "10"), .. redis.Settings];
        await using RunningProxy slow = await RunningProxy.StartAsync([.. settings, ("WORKER_ID", "slow"), ("WORKER_HEARTBEAT", "10")]);
        using EngineReservation? slot = await slow.Engines.TryReserveAsync([]);
        Assert.NotNull(slot);

        await using (RunningProxy fast = await RunningProxy.StartAsync(
            [.. settings, ("WORKER_ID", "fast"), ("WORKER_HEARTBEAT", "0.4"), ("ENGINE_WAIT_TIMEOUT", "3")])) // thrice as long as its own entries last
        {
            Assert.Null(await fast.Engines.ReserveAsync([], Cancellation));
        }

        string left = await redis.AskAsync($"PTTL {ClusterKeys.Engine(engine.EndPoint.ToString())}");
        Assert.InRange(int.Parse(left[1..], CultureInfo.InvariantCulture), 2_000, 25_000);
    }

    /// <summary>One that would be believed for too long is also what a worker leaves that died before a fail-over to a Redis whose clock is behind.</summary>
    [Theory]
    [InlineData("99999999999:1:99999999999999")]
    [InlineData("1:1:99999999999999")]
    [InlineData("99999999999:1:SOON")]
    [InlineData("1:SOON")]
    [InlineData("1::SOON")]
    [InlineData("1:1:99999999999999999999999999999999999999999999999999")]
    [InlineData("some")]
    public async Task Nonsense_HoldsNoSlotAndStopsNobody_AndIsTakenOutAndNamed(string nonsense)
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        (string, string)[] settings = [("ENGINE_MAX_STREAMS", "1"), ("WORKER_HEARTBEAT", "0.2"), ("ENGINE_WAIT_TIMEOUT", "10"), ("REDIS_TIMEOUT", "5")];
        await using Workers workers = await Workers.StartAsync(1, redis, engine, settings);
        RedisKey key = ClusterKeys.Engine(engine.EndPoint.ToString());
        var log = new RecordedLog();
        workers[0].Services.GetRequiredService<ILoggerFactory>().AddProvider(log);

        string soon = DateTimeOffset.UtcNow.AddMinutes(1).ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        Assert.Equal(":1", await redis.AskAsync($"HSET {key} x {nonsense.Replace("SOON", soon, StringComparison.Ordinal)}"));

        using (EngineReservation? slot = await workers[0].Services.GetRequiredService<EnginePool>().ReserveAsync([], Cancellation))
        {
            Assert.NotNull(slot);
        }

        await SafetyNet.EventuallyAsync(() => log.Count($"{key} of x ") == 1, () => "nothing is said");
        Assert.Equal("", await redis.HashAsync(key!, "x"));
        Assert.False(workers[0].Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);
    }

    [Fact]
    public async Task RedisAway_EachKeepsToTheLimitByItself()
    {
        await using var redis = RedisServer.Absent();
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        (string, string)[] settings = [("ENGINE_MAX_STREAMS", "1"), ("ENGINE_WAIT_TIMEOUT", "0.3"), ("REDIS_TIMEOUT", "0.2")];
        await using Workers workers = await Workers.StartAsync(1, redis, engine, settings);
        EnginePool pool = workers[0].Services.GetRequiredService<EnginePool>();

        using EngineReservation? first = await pool.ReserveAsync([], Cancellation);
        Assert.NotNull(first);
        Assert.Null(await pool.ReserveAsync([], Cancellation));
    }

    [Fact]
    public async Task RedisHangs_OpeningsWaitForOneAnswerAtMost_AndItIsToldWhatIsHeldWhenItIsBack()
    {
        const int Engines = 8;
        await using RedisServer redis = await RedisServer.StartAsync();
        string engines = string.Join(',', Enumerable.Range(1, Engines).Select(port => $"127.0.0.1:{port}")); // nobody connects to them
        await using Workers workers = await Workers.StartAsync(
            redis, [engines], ("ENGINE_MAX_STREAMS", "2"), ("WORKER_HEARTBEAT", "0.5"), ("REDIS_TIMEOUT", "3"));
        EnginePool pool = workers[0].Services.GetRequiredService<EnginePool>();
        RedisConnection connection = workers[0].Services.GetRequiredService<RedisConnection>();
        using EngineReservation? before = await pool.TryReserveAsync([]);

        await redis.StopAsync();
        await AllAreAskedForAsync();
        using EngineReservation? first = await pool.TryReserveAsync([]).AsTask().WaitAsync(SafetyNet.Limit, Cancellation);
        Assert.True(connection.IsAway);
        await AllAreAskedForAsync();
        ValueTask<EngineReservation?> second = pool.TryReserveAsync([]);
        Assert.True(second.IsCompleted, "it waits for a Redis that is known to be away");
        using EngineReservation? third = await second;
        first!.Dispose();

        await redis.ContinueAsync();
        foreach ((EngineReservation slot, bool isHeld) in (IEnumerable<(EngineReservation, bool)>)[(before!, true), (first, false), (third!, true)])
        {
            RedisKey key = ClusterKeys.Engine(slot.Engine.Address.Id);
            await SafetyNet.EventuallyAsync(
                async () => (await redis.HashAsync(key!, "w0")).StartsWith("1:", StringComparison.Ordinal) == isHeld, () => $"Redis has something else for {key}");
        }

        Task AllAreAskedForAsync() => SafetyNet.EventuallyAsync(
            () => connection.Unanswered >= Engines, () => $"{connection.Unanswered} commands are under way: engines wait for each other");
    }

    /// <param name="doubted">In seconds from now.</param>
    /// <param name="believed">The same.</param>
    private static string Entry(int slots, double doubted, double believed)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        return $"{slots}:{now.AddSeconds(doubted).ToUnixTimeMilliseconds()}:{now.AddSeconds(believed).ToUnixTimeMilliseconds()}";
    }

    private static void InterlockedMax(ref int highest, int value)
    {
        for (int seen = Volatile.Read(ref highest); seen < value; seen = Volatile.Read(ref highest))
        {
            Interlocked.CompareExchange(ref highest, value, seen);
        }
    }
}
