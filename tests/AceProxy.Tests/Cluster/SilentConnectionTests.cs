using AceProxy.Cluster;
using AceProxy.Cluster.Connection;
using AceProxy.LiveStreams;
using AceProxy.Tests.Functional;
using StackExchange.Redis;

namespace AceProxy.Tests.Cluster;

/// <summary>Connections to Redis on which nothing comes any more, though nobody has closed them.</summary>
public sealed class SilentConnectionTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task Silent_AgainAndAgain_IsReplacedAndSubscriptionsHearAgain()
    {
        await using Scene scene = await Scene.StartAsync();
        Ear ear = await scene.SubscribeAsync(ClusterKeys.Slots);

        for (int time = 1; time <= 3; time++)
        {
            scene.Relay.Silence();
            await scene.MissAsync();
            await scene.LoseThePatienceAsync();

            await scene.AssertAnswersAsync();
            await scene.AssertHearsAsync(ear);
            Assert.Equal(time, scene.Replacements);
            await SafetyNet.EventuallyAsync(() => scene.Relay.Open == 2, () => $"{scene.Relay.Open} connections, of which two were replaced");
        }

        await ear.Subscription.DisposeAsync();
        await SafetyNet.EventuallyAsync(
            async () => (await scene.Redis.RawAsync($"PUBSUB NUMSUB {ClusterKeys.Slots}")).Contains("\n:0\r", StringComparison.Ordinal), () => "it is still subscribed");
    }

    [Fact]
    public async Task Silent_OnlyWhereItIsSubscribed_IsReplaced()
    {
        await using Scene scene = await Scene.StartAsync();
        Ear ear = await scene.SubscribeAsync(ClusterKeys.Slots);
        scene.Relay.Silence(onlySubscribers: true);

        Task<Ear> other = scene.SubscribeAsync(ClusterKeys.Commands);
        await scene.TimeOutAsync(other);
        Assert.True(scene.Connection.Redis.IsThere, "commands are answered all the time");
        await scene.LoseThePatienceAsync();

        await scene.AssertHearsAsync(ear);
        await scene.AssertHearsAsync(await other);
        Assert.Equal(1, scene.Replacements);
        Assert.DoesNotContain("is away", scene.Connection.Log, StringComparison.Ordinal);
    }

    /// <summary>By a worker whose heart beats slowly, and who subscribes to nothing else meanwhile.</summary>
    [Fact]
    public async Task Silent_OnlyWhereItIsSubscribedAndNobodyAsks_IsNoticedAndReplaced()
    {
        await using Scene scene = await Scene.StartAsync(("WORKER_HEARTBEAT", "60"));
        Ear ear = await scene.SubscribeAsync(ClusterKeys.Slots);
        using SubscriptionWatch watch = scene.Connection.NewWatch();
        await watch.StartAsync(TestContext.Current.CancellationToken);
        await scene.TimerAsync(Beat);
        scene.Relay.Silence(onlySubscribers: true);

        foreach (TimeSpan wait in (TimeSpan[])[Beat, Beat, Patience]) // until it says something to itself, hears it, and is pinged
        {
            await scene.TimerAsync(wait);
            scene.Time.Advance(wait);
        }

        await scene.AssertHearsAsync(ear);
        Assert.Equal(1, scene.Replacements);
        await watch.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Silent_NewOnesCannotSubscribe_IsKeptUntilOneCan()
    {
        await using Scene scene = await Scene.StartAsync();
        Ear ear = await scene.SubscribeAsync(ClusterKeys.Slots);
        scene.Relay.Silence();
        scene.Relay.SilencesNewSubscribers = true;
        await scene.MissAsync();
        await scene.LoseThePatienceAsync();

        await SafetyNet.EventuallyAsync(() => scene.Relay.Accepted > 2, () => "it has not tried");
        await SafetyNet.EventuallyAsync(
            () =>
            {
                scene.Time.Advance(0.1);
                return scene.Relay.Open == 2;
            },
            () => $"{scene.Relay.Open} connections");
        Assert.Equal(0, scene.Replacements);

        scene.Relay.SilencesNewSubscribers = false;
        await SafetyNet.EventuallyAsync(
            () =>
            {
                _ = scene.Connection.Redis.AskAsync(database => database.PingAsync());
                scene.Time.Advance(0.2);
                return scene.Replacements == 1;
            },
            () => "it was not replaced");
        await scene.AssertHearsAsync(ear);
    }

    /// <summary>One that answers a moment too late is slow, and one that does not answer on a new connection either is away.</summary>
    [Fact]
    public async Task RedisStandsStill_TriesANewConnectionOnceAndKeepsTheOld()
    {
        await using Scene scene = await Scene.StartAsync();
        Ear ear = await scene.SubscribeAsync(ClusterKeys.Slots);
        await scene.Redis.StopAsync();
        await scene.MissAsync();
        await scene.MissAsync();
        Assert.Equal(2, scene.Relay.Accepted);

        await scene.LoseThePatienceAsync();
        await SafetyNet.EventuallyAsync(() => scene.Relay.Accepted > 2, () => "it has not tried");
        await SafetyNet.EventuallyAsync(() => scene.Relay.Open == 2, () => $"{scene.Relay.Open} connections");
        int tried = scene.Relay.Accepted;
        await scene.MissAsync();
        await scene.MissAsync();
        await scene.Redis.ContinueAsync();

        await scene.AssertAnswersAsync();
        await scene.AssertHearsAsync(ear);
        Assert.Equal((0, tried, 2), (scene.Replacements, scene.Relay.Accepted, scene.Relay.Open));
    }

    [Fact]
    public async Task Replaced_WhileOthersAskAndSubscribe_NothingIsLeftBehind()
    {
        await using Scene scene = await Scene.StartAsync();
        using var enough = new CancellationTokenSource();
        Task[] others = [.. Enumerable.Range(0, 8).Select(number => Task.Run(() => scene.AskAndSubscribeAsync(number, enough.Token)))];

        for (int time = 1; time <= 3; time++)
        {
            scene.Relay.Silence();
            await SafetyNet.EventuallyAsync(
                () =>
                {
                    scene.Time.Advance(0.2);
                    return scene.Replacements >= time;
                },
                () => "it was not replaced");
        }

        await enough.CancelAsync();
        await SafetyNet.EventuallyAsync(
            () =>
            {
                scene.Time.Advance(0.2);
                return others.All(other => other.IsCompleted);
            },
            () => "somebody waits for ever");
        await Task.WhenAll(others);
        await SafetyNet.EventuallyAsync(
            async () => (await scene.Redis.RawAsync("PUBSUB CHANNELS aceproxy:*")).StartsWith("*0", StringComparison.Ordinal), () => "a subscription is left");
        await SafetyNet.EventuallyAsync(() => scene.Relay.Open == 2, () => $"{scene.Relay.Open} connections");
    }

    [Fact]
    public async Task DisposedOf_WhileItIsSilent_ClosesEverything()
    {
        await using Scene scene = await Scene.StartAsync();
        scene.Relay.Silence();
        await scene.MissAsync();
        await scene.PingedAsync();

        await scene.Connection.DisposeAsync();

        await SafetyNet.EventuallyAsync(() => scene.Relay.Open == 0, () => $"{scene.Relay.Open} connections");
        Assert.Equal(2, scene.Relay.Accepted);
    }

    [Fact]
    public async Task DisposedOf_WhileItOpens_TakesNoLongerThanACommand()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await redis.StopAsync();
        var time = new ManualTimeProvider();
        await using var connection = new ConnectionUnderTest(redis, time, ("REDIS_TIMEOUT", "30"));
        Task<Answer<TimeSpan>> asked = connection.Redis.AskAsync(database => database.PingAsync());
        using CancellationTokenSource net = SafetyNet.Start();

        Task disposing = connection.Redis.DisposeAsync().AsTask();
        await time.TimerInAsync(TimeSpan.FromSeconds(30), net.Token);
        time.Advance(30);

        await disposing.WaitAsync(net.Token); // while the attempt to connect goes on
        Assert.False(asked.IsCompleted);
    }

    [Fact]
    public async Task OwnersConnectionGoesSilent_TheOtherTakesOverAndOneSessionIsLeft()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using var relay = new RedisRelay(redis);
        await using var engines = await TwoEngines.StartAsync();
        (string, string)[] common = [("ENGINES", engines.Both), ("PROXY_LEASE_TIME", "2"), ("REDIS_TIMEOUT", "0.3")];
        await using RunningProxy silent = await RunningProxy.StartAsync([.. common, .. relay.Settings, ("WORKER_ID", "silent")]);
        await using RunningProxy other = await RunningProxy.StartAsync([.. common, .. redis.Settings, ("WORKER_ID", "other")]);
        using Viewer first = await Viewer.JoinAsync(silent, $"infohash={TwoEngines.Infohash}");
        await first.UntilAsync(checker => checker.Packets > 100);
        using Viewer second = await Viewer.JoinAsync(other, $"infohash={TwoEngines.Infohash}");
        await PlayUntilAsync(() => IsRole(other, StreamRole.Follower), first, second);
        Assert.Equal(1, engines.OpenSessions);

        relay.Silence();
        await PlayUntilAsync(() => IsRole(other, StreamRole.Owner), first, second);
        Assert.Equal(2, engines.OpenSessions);
        await PlayUntilAsync(() => IsRole(silent, StreamRole.Follower) && engines.OpenSessions == 1, first, second);

        Assert.True(IsRole(other, StreamRole.Owner));
        first.Checker.AssertGapless();
        second.Checker.AssertGapless();
    }

    private static bool IsRole(RunningProxy worker, StreamRole role) => worker.Streams.All() is [{ } stream] && stream.Role == role;

    /// <summary>At least until all have what is on air: before that an engine that comes later has not got everything that is still to be sent.</summary>
    private static async Task PlayUntilAsync(Func<bool> holds, params Viewer[] viewers)
    {
        for (int round = 0; round < 50 && (round == 0 || !holds()); round++)
        {
            DateTimeOffset until = DateTimeOffset.UtcNow.AddSeconds(0.5);
            await Task.WhenAll(viewers.Select(viewer => viewer.UntilNewerThanAsync(until)));
        }

        Assert.True(holds());
    }

    private sealed class Ear(RedisChannel channel)
    {
        public RedisChannel Channel => channel;

        public IAsyncDisposable Subscription { get; set; } = null!;

        public TaskCompletionSource Heard { get; set; } = new();
    }

    /// <summary>A connection through a relay, in a time that the test moves: no command is given up because the machine is slow.</summary>
    private sealed class Scene(RedisServer redis, RedisRelay relay, ManualTimeProvider time, params (string, string)[] settings) : IAsyncDisposable
    {
        private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);

        /// <summary>After which a new connection is looked at again that cannot subscribe yet.</summary>
        private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

        private readonly CancellationTokenSource _ending = new();
        private Task _pacing = Task.CompletedTask;

        public RedisServer Redis => redis;

        public RedisRelay Relay => relay;

        public ManualTimeProvider Time => time;

        public ConnectionUnderTest Connection { get; } = new(redis, time, [.. relay.Settings, .. settings]);

        public int Replacements => Connection.Log.Split("a new one has taken its place").Length - 1;

        public static async Task<Scene> StartAsync(params (string, string)[] settings)
        {
            RedisServer redis = await RedisServer.StartAsync();
            var scene = new Scene(redis, new RedisRelay(redis), new ManualTimeProvider(), settings);
            await scene.AssertAnswersAsync();
            Assert.Equal(2, scene.Relay.Open);
            scene._pacing = scene.PaceAsync();
            return scene;
        }

        public async Task<Ear> SubscribeAsync(RedisChannel channel)
        {
            var ear = new Ear(channel);
            ear.Subscription = await Connection.Redis.SubscribeAsync(channel, _ => ear.Heard.TrySetResult());
            return ear;
        }

        /// <summary>Asks, and is not answered in time.</summary>
        public async Task MissAsync()
        {
            Task<Answer<TimeSpan>> asked = Connection.Redis.AskAsync(database => database.PingAsync());
            await TimeOutAsync(asked);
            Assert.False((await asked).IsThere);
        }

        /// <summary>Returns when something waits for exactly so long.</summary>
        public async Task TimerAsync(TimeSpan due)
        {
            using CancellationTokenSource net = SafetyNet.Start();
            await time.TimerInAsync(due, net.Token);
        }

        public async Task TimeOutAsync(Task waiting)
        {
            using CancellationTokenSource net = SafetyNet.Start();
            await time.TimerInAsync(Timeout, net.Token);
            time.Advance(Timeout);
            await waiting.WaitAsync(net.Token);
        }

        /// <summary>Returns when it waits for the ping.</summary>
        public async Task PingedAsync()
        {
            using CancellationTokenSource net = SafetyNet.Start();
            await time.TimerWithinAsync(Patience, net.Token);
        }

        public async Task LoseThePatienceAsync()
        {
            await PingedAsync();
            time.Advance(Patience);
        }

        public async Task AssertAnswersAsync() => await SafetyNet.EventuallyAsync(
            async () => (await Connection.Redis.AskAsync(database => database.PingAsync()).WaitAsync(SafetyNet.Limit)).IsThere, () => Connection.Log);

        public async Task AssertHearsAsync(Ear ear)
        {
            ear.Heard = new TaskCompletionSource();
            await SafetyNet.EventuallyAsync(
                async () => ear.Heard.Task.IsCompleted || await redis.AskAsync($"PUBLISH {ear.Channel} freed") == "", () => $"{ear.Channel} is not heard");
        }

        public async Task AskAndSubscribeAsync(int number, CancellationToken enough)
        {
            var channel = new RedisChannel($"aceproxy:test:{number % 4}", RedisChannel.PatternMode.Literal);
            while (!enough.IsCancellationRequested)
            {
                await using IAsyncDisposable subscription = await Connection.Redis.SubscribeAsync(channel, _ => { });
                await Connection.Redis.AskAsync(database => database.PingAsync());
                await Task.Yield();
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _ending.CancelAsync();
            await _pacing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _ending.Dispose();
            await Connection.DisposeAsync();
            await relay.DisposeAsync();
            await redis.DisposeAsync();
        }

        /// <summary>On a busy machine a new connection comes up bit by bit, and it is waited for in a time that nobody else moves.</summary>
        private async Task PaceAsync()
        {
            while (true)
            {
                await time.TimerInAsync(Pause, _ending.Token);
                time.Advance(Pause);
            }
        }
    }
}
