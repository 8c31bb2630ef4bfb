using AceProxy.Cluster;
using AceProxy.Cluster.Connection;
using AceProxy.Cluster.Leases;
using AceProxy.Cluster.Workers;
using AceProxy.Content;
using AceProxy.LiveStreams;
using AceProxy.Settings;
using AceProxy.Tests.Functional;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace AceProxy.Tests.Cluster;

/// <summary>Leases on a real Redis.</summary>
public sealed class LeaseTests
{
    private const int Parties = 4;
    private static readonly ContentKey Stream = new("1f00000000000000000000000000000000000001");

    [Fact]
    public async Task Acquire_Twice_TheSecondIsToldWhoHasIt()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using Party one = new(redis, "one", lease: 5);
        await using Party other = new(redis, "other", lease: 5);

        (_, Lease? lease) = await one.Leases.TryAcquireAsync(Stream, 0);
        (Answer<LeaseReply> refused, Lease? second) = await other.Leases.TryAcquireAsync(Stream, 0);

        Assert.NotNull(lease);
        Assert.Null(second);
        Assert.Equal(lease.Holder, refused.Value.Holder);
        await lease.DisposeAsync();
    }

    [Fact]
    public async Task Acquire_AnswerLost_IsGivenAgainAtOnce()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using Party one = new(redis, "one", lease: 30);
        await using Party longer = new(redis, "one-longer", lease: 30);
        (_, Lease? first) = await one.Leases.TryAcquireAsync(Stream, 0); // as if nobody had heard of it
        (Answer<LeaseReply> refused, _) = await longer.Leases.TryAcquireAsync(Stream, 0);
        (_, Lease? second) = await one.Leases.TryAcquireAsync(Stream, 0);

        Assert.False(refused.Value.IsMine);
        Assert.True(second!.Epoch > first!.Epoch);
        Assert.True(await first.RenewNowAsync());
        Assert.False(first.IsLive);
        await first.DisposeAsync();
        await second.DisposeAsync();
    }

    [Fact]
    public async Task Epoch_AfterEverythingWasLost_StillGrows()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using Party one = new(redis, "one", lease: 5);
        (_, Lease? first) = await one.Leases.TryAcquireAsync(Stream, 0);
        await first!.DisposeAsync();
        await redis.AskAsync("FLUSHALL");
        (_, Lease? second) = await one.Leases.TryAcquireAsync(Stream, 0);
        await second!.ReleaseAsync(StreamMessage.Released(null));
        (_, Lease? third) = await one.Leases.TryAcquireAsync(Stream, second.Epoch + 1_000_000_000);

        Assert.True(second.Epoch > first.Epoch);
        Assert.Equal(second.Epoch + 1_000_000_001, third!.Epoch);
        await second.DisposeAsync();
        await third.DisposeAsync();
    }

    [Fact]
    public async Task Renewed_OutlivesItsLife_AndIsLostWithinItWhenRedisStops()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using Party one = new(redis, "one", lease: 4);
        (_, Lease? lease) = await one.Leases.TryAcquireAsync(Stream, 0);
        await Task.Delay(TimeSpan.FromSeconds(9), TestContext.Current.CancellationToken); // of real time: Redis has its own clock
        Assert.True(lease!.IsLive);

        await redis.StopAsync();
        await Signal(lease.Lost).WaitAsync(SafetyNet.Limit, TestContext.Current.CancellationToken);
        Assert.False(lease.IsLive);
        await redis.ContinueAsync();
        await lease.DisposeAsync();
    }

    [Fact]
    public async Task Renew_AfterAnotherHadIt_LosesIt()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using Party one = new(redis, "one", lease: 5);
        await using Party other = new(redis, "other", lease: 5);
        (_, Lease? stale) = await one.Leases.TryAcquireAsync(Stream, 0);
        await redis.AskAsync($"DEL {ClusterKeys.Lease(Stream)}"); // as if it had run out
        (_, Lease? taken) = await other.Leases.TryAcquireAsync(Stream, 0);
        await taken!.ReleaseAsync(StreamMessage.Released(null));

        Assert.True(await stale!.RenewNowAsync()); // free, but it was somebody else's meanwhile
        Assert.True(stale.Lost.IsCancellationRequested);
        await stale.DisposeAsync();
        await taken.DisposeAsync();
    }

    [Fact]
    public async Task Renew_AfterRedisHasForgotten_PutsItBack()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using Party one = new(redis, "one", lease: 5);
        await using Party other = new(redis, "other", lease: 5);
        (_, Lease? lease) = await one.Leases.TryAcquireAsync(Stream, 0);
        await redis.AskAsync("FLUSHALL");
        Assert.True(await lease!.RenewNowAsync());

        (_, Lease? second) = await other.Leases.TryAcquireAsync(Stream, 0);
        Assert.Null(second);
        Assert.True(lease.IsLive);
        await lease.DisposeAsync();
    }

    [Fact]
    public async Task Renew_ThousandsOfItsOwnClients_FindsAnothersInAFewSteps()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using Party one = new(redis, "one", lease: 60);
        (_, Lease? lease) = await one.Leases.TryAcquireAsync(Stream, 0);
        string key = ClusterKeys.Clients(Stream)!;
        Assert.Equal(":3000", await redis.AskAsync($"ZADD {key} {string.Join(' ', Enumerable.Range(0, 3000).Select(number => $"99999999999998 one/{number}"))}"));
        Assert.Equal(":1", await redis.AskAsync($"ZADD {key} 99999999999999 two/a")); // behind them all
        await redis.AskAsync("CONFIG RESETSTAT");

        Assert.True(await lease!.RenewNowAsync());
        Assert.True(lease.IsShared);
        Assert.InRange(await redis.CallsAsync("zrangebyscore"), 1, 10);

        await redis.AskAsync($"ZREM {key} two/a");
        Assert.True(await lease.RenewNowAsync());
        Assert.False(lease.IsShared);
        await lease.DisposeAsync();
    }

    [Fact]
    public async Task HandOver_GoesToThatWorker_WhoeverFollowsIsKnownMostClientsFirst()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using Party one = new(redis, "one", lease: 5);
        await using Party two = new(redis, "two", lease: 5);
        await using Party three = new(redis, "three", lease: 5);
        (_, Lease? lease) = await one.Leases.TryAcquireAsync(Stream, 0);
        Assert.Empty(await lease!.FindFollowersAsync());

        foreach (string member in (string[])["one/a", "one/b", "one/c", "two/d", "three/e", "three/f", "gone/g", "gone/h", "gone/i", "nonsense"])
        {
            await redis.AskAsync($"ZADD {ClusterKeys.Clients(Stream)} 99999999999999 {member}");
        }

        foreach (string left in (string[])["j", "k", "l"]) // long ago
        {
            await redis.AskAsync($"ZADD {ClusterKeys.Clients(Stream)} 1 two/{left}");
        }

        await lease.RenewNowAsync();
        Assert.True(lease.IsShared);
        Assert.Equal(["gone", "three", "two"], await lease.FindFollowersAsync());
        Assert.True(await lease.HandOverAsync("three"));
        Assert.False(lease.IsLive);
        Assert.Null((await two.Leases.TryAcquireAsync(Stream, 0)).Lease);
        (_, Lease? taken) = await three.Leases.TryAcquireAsync(Stream, 0);
        Assert.True(taken!.Epoch > lease.Epoch);
        await lease.DisposeAsync();
        await taken.DisposeAsync();
    }

    /// <summary>
    /// Many who want it, hold it for a while, give it up, hand it over or forget it, while Redis stalls now and then; nobody may ever find another
    /// who believes that he has it.
    /// </summary>
    [Fact]
    public async Task RandomSchedules_NeverTwoHoldersAtOnce()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        var parties = Enumerable.Range(0, Parties).Select(number => new Party(redis, $"p{number}", lease: 1, timeout: 0.5)).ToArray();
        var held = new Holding();
        int seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        await Task.WhenAll(
            [StallAsync(redis, held), .. parties.Select((party, number) => Task.Run(() => WantAsync(party, new Random(seed + number), held)))]);
        Assert.True(held.HandOvers > Holding.Enough / 50, $"only {held.HandOvers} were handed over");

        foreach (Party party in parties)
        {
            await party.DisposeAsync();
        }
    }

    /// <summary>Twice for longer than a lease lives.</summary>
    private static async Task StallAsync(RedisServer redis, Holding held)
    {
        foreach (int tenures in (int[])[Holding.Enough / 3, 2 * Holding.Enough / 3])
        {
            await SafetyNet.EventuallyAsync(() => held.Tenures >= tenures, () => $"only {held.Tenures} tenures");
            await redis.StopAsync();
            await Task.Delay(TimeSpan.FromSeconds(1.5), TestContext.Current.CancellationToken);
            await redis.ContinueAsync();
        }
    }

    private static async Task WantAsync(Party party, Random random, Holding held)
    {
        long began = TimeProvider.System.GetTimestamp();
        while (held.Tenures < Holding.Enough)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < 6 * SafetyNet.Limit, $"only {held.Tenures} tenures");
            (_, Lease? lease) = await party.Leases.TryAcquireAsync(Stream, 0);
            if (lease is null)
            {
                await Task.Delay(random.Next(0, 3));
                continue;
            }

            for (int step = random.Next(0, 3); step >= 0 && lease.IsLive; step--)
            {
                held.Check(lease);
                await Task.Delay(random.Next(0, 3));
            }

            switch (random.Next(200))
            {
                case 0: // forgotten: it runs out, and is lost here before it is in Redis
                    await lease.DisposeAsync();
                    held.Left(lease);
                    break;
                case < 20:
                    held.Left(lease);
                    held.HandedOver(await lease.HandOverAsync($"p{random.Next(Parties)}"));
                    await lease.DisposeAsync();
                    break;
                default:
                    held.Left(lease);
                    await lease.ReleaseAsync(StreamMessage.Released(null));
                    await lease.DisposeAsync();
                    break;
            }
        }
    }

    private static Task Signal(CancellationToken token)
    {
        var fired = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        token.Register(fired.SetResult);
        return fired.Task;
    }

    private sealed class Holding
    {
        public const int Enough = 1000;
        private readonly Lock _gate = new();
        private Lease? _holder;
        private long _highest;

        public int Tenures { get; private set; }

        public int HandOvers { get; private set; }

        public void Check(Lease lease)
        {
            lock (_gate)
            {
                if (!lease.IsLive)
                {
                    return;
                }

                Assert.True(_holder is null || _holder == lease || !_holder.IsLive, $"{_holder?.Holder} and {lease.Holder}");
                Assert.True(lease.Epoch >= _highest, "an epoch came again");
                Tenures += _holder == lease ? 0 : 1;
                (_holder, _highest) = (lease, lease.Epoch);
            }
        }

        public void HandedOver(bool isDone)
        {
            lock (_gate)
            {
                HandOvers += isDone ? 1 : 0;
            }
        }

        public void Left(Lease lease)
        {
            lock (_gate)
            {
                _holder = _holder == lease ? null : _holder;
            }
        }
    }

    /// <summary>One worker's way to leases.</summary>
    private sealed class Party : IAsyncDisposable
    {
        private readonly RedisConnection _redis;

        public Party(RedisServer server, string id, double lease, double timeout = 10)
        {
            var settings = new SettingsReader(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["REDIS_HOST"] = "127.0.0.1",
                ["REDIS_PORT"] = $"{server.Port}",
                ["WORKER_ID"] = id,
                ["PROXY_LEASE_TIME"] = $"{lease}",
                ["REDIS_TIMEOUT"] = $"{timeout}",
            }).Build());
            var options = ClusterOptions.Read(settings);
            _redis = new RedisConnection(options, TimeProvider.System, NullLogger<RedisConnection>.Instance);
            var identity = new WorkerIdentity(options, new ServiceCollection().BuildServiceProvider(), TimeProvider.System);
            Leases = new Leases(_redis, options, LiveStreamOptions.Read(settings), identity, TimeProvider.System, NullLogger<Leases>.Instance);
        }

        public Leases Leases { get; }

        public ValueTask DisposeAsync() => _redis.DisposeAsync();
    }
}
