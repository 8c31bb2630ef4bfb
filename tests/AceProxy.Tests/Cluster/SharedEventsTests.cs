using System.Text.Json;
using AceProxy.Cluster;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Events;
using AceProxy.Tests.Functional;
using AceProxy.Tests.Operations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AceProxy.Tests.Cluster;

/// <summary>Several workers on one Redis tell one story, whichever is asked.</summary>
public sealed class SharedEventsTests
{
    [Fact]
    public async Task Events_OnTwoWorkers_AreTheSameInTheSameOrder()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped());
        await using Workers workers = await Workers.StartAsync(2, redis, engine);
        using EventReader first = await EventReader.OpenAsync(workers[0].Client, "0-0");
        using EventReader second = await EventReader.OpenAsync(workers[1].Client, "0-0");
        using (Viewer one = await Viewer.JoinAsync(workers[0], $"infohash={content.Infohash}"))
        {
            await one.UntilAsync(checker => checker.Packets > 100);
            using Viewer other = await Viewer.JoinAsync(workers[1], $"infohash={content.Infohash}");
            await other.UntilAsync(checker => checker.Packets > 100);
        }

        string[] kinds = ["worker-joined", "stream-started", "client-joined", "client-left", "stream-stopped"];
        List<string> told = [], same = [];
        while (!kinds.All(kind => told.Count(one => one.Contains($"\"kind\":\"{kind}\"", StringComparison.Ordinal)) >= 2))
        {
            told.Add((await first.NextAsync()).GetRawText());
        }

        while (same.Count < told.Count)
        {
            same.Add((await second.NextAsync()).GetRawText());
        }

        Assert.Equal(told, same);
        Assert.Equal(first.LastId, second.LastId);
        Assert.Contains(
            told, one => one.Contains("\"kind\":\"owner-changed\"", StringComparison.Ordinal) && one.Contains("\"worker\":\"w0\"", StringComparison.Ordinal));
    }

    /// <summary>Every few events the reader goes and comes back at the other worker.</summary>
    [Fact]
    public async Task LastEventId_UnderLoadFromWorkerToWorker_LosesNothingAndGetsNothingTwice()
    {
        const int Each = 3000;
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        await using Workers workers = await Workers.StartAsync(2, redis, engine);
        Task telling = Task.WhenAll(workers.All.Select(worker => Task.Run(() => TellAsync(worker, Each))));
        using EventReader steady = await EventReader.OpenAsync(workers[0].Client, "0-0", "kind=stream-started");

        List<string> told = [];
        string last = "0-0";
        for (int visit = 0; told.Count < 2 * Each; visit++)
        {
            using EventReader reader = await EventReader.OpenAsync(workers[visit % 2].Client, last, "kind=stream-started,gap,events-dropped");
            int most = Math.Min(told.Count + 1 + (visit * 37 % 300), 2 * Each);
            while (told.Count < most)
            {
                told.Add(Name(await reader.NextAsync("stream-started")));
            }

            last = reader.LastId;
        }

        await telling;
        List<string> same = [];
        while (same.Count < 2 * Each)
        {
            same.Add(Name(await steady.NextAsync()));
        }

        Assert.Equal(same, told);
        foreach (string worker in (string[])["w0", "w1"])
        {
            Assert.Equal(Enumerable.Range(0, Each).Select(number => $"{worker} {number}"), told.Where(one => one.StartsWith(worker, StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task Redis_DiesAndIsBackEmpty_NothingIsLostOrToldTwice()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        await using Workers workers = await Workers.StartAsync(2, redis, engine, ("REDIS_TIMEOUT", "0.5"), ("WORKER_HEARTBEAT", "0.5"));
        using EventReader own = await EventReader.OpenAsync(workers[0].Client, query: "kind=stream-started");
        using EventReader other = await EventReader.OpenAsync(workers[1].Client, query: "kind=stream-started");
        Tell(workers[0], 0);
        Assert.Equal("w0 0", Name(await own.NextAsync()));
        Assert.Equal("w0 0", Name(await other.NextAsync()));

        await redis.KillAsync();
        Tell(workers[0], 1);
        Assert.Equal("w0 1", Name(await own.NextAsync())); // without Redis, where it happened
        string last = own.LastId;
        await redis.RestartAsync();

        Assert.Equal("w0 1", Name(await other.NextAsync("stream-started"))); // behind a gap: nobody knows that Redis has lost nothing else
        Tell(workers[1], 2);
        Assert.Equal("w1 2", Name(await own.NextAsync("stream-started")));
        Assert.Equal("w1 2", Name(await other.NextAsync()));
        using EventReader moved = await EventReader.OpenAsync(workers[1].Client, last, "kind=stream-started");
        Assert.Equal("w1 2", Name(await moved.NextAsync("stream-started"))); // and not w0's, which it had before it had an id
    }

    /// <summary>As after a fail-over to a replica that lags.</summary>
    [Fact]
    public async Task Redis_HasLostTheNewestOnly_TellsTheGap()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        await using Workers workers = await Workers.StartAsync(2, redis, engine);
        using EventReader events = await EventReader.OpenAsync(workers[0].Client, "0-0");
        string[] first = [(await events.NextAsync("worker-joined")).GetRawText(), (await events.NextAsync("worker-joined")).GetRawText()];
        Assert.NotEqual(first[0], first[1]);
        Tell(workers[0], 0);
        Assert.Equal("w0 0", Name(await events.NextAsync("stream-started")));

        Assert.Equal(":1", await redis.AskAsync($"XDEL {ClusterKeys.Events} {events.LastId}"));
        Tell(workers[1], 1);

        await events.NextAsync("gap");
        Assert.Equal("w1 1", Name(await events.NextAsync("stream-started")));
    }

    /// <summary>More of them than are read at once.</summary>
    [Fact]
    public async Task Redis_HasEntriesThatAreNoEvents_TheyAreReadPastAndNamed()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        await using Workers workers = await Workers.StartAsync(2, redis, engine, ("WORKER_HEARTBEAT", "0.5"), ("REDIS_TIMEOUT", "5"));
        var log = new RecordedLog();
        workers[0].Services.GetRequiredService<ILoggerFactory>().AddProvider(log);
        using EventReader events = await EventReader.OpenAsync(workers[0].Client, query: "kind=stream-started");
        string script = "for i = 1, 1200 do redis.call('XADD', KEYS[1], '*', 'no', 'event') end".Replace(' ', '\t');
        await redis.AskAsync($"EVAL {script} 1 {ClusterKeys.Events}");

        Tell(workers[1], 0);

        Assert.Equal("w1 0", Name(await events.NextAsync()));
        await SafetyNet.EventuallyAsync(() => log.Count($"{ClusterKeys.Events}, up to ") > 0, () => "nothing is said");
    }

    /// <summary>No id grows behind it.</summary>
    [Fact]
    public async Task Redis_HasAnEntryBehindAllIds_TheLogBeginsAnew()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        await using Workers workers = await Workers.StartAsync(2, redis, engine, ("WORKER_HEARTBEAT", "0.5"), ("REDIS_TIMEOUT", "5"));
        RecordedLog[] logs = [.. workers.All.Select(_ => new RecordedLog())];
        foreach ((RunningProxy worker, RecordedLog log) in workers.All.Zip(logs))
        {
            worker.Services.GetRequiredService<ILoggerFactory>().AddProvider(log);
        }

        using EventReader events = await EventReader.OpenAsync(workers[0].Client, query: "kind=stream-started");
        Tell(workers[1], 0);
        Assert.Equal("w1 0", Name(await events.NextAsync("stream-started")));

        Assert.Equal("$22", await redis.AskAsync($"XADD {ClusterKeys.Events} 18446744073709551615-1 no event"));
        await SafetyNet.EventuallyAsync(() => logs.Sum(log => log.Count("18446744073709551615-1")) == 1, () => "nothing is said");
        Tell(workers[1], 1);
        Assert.Equal("w1 1", Name(await events.NextAsync("stream-started")));
    }

    [Fact]
    public async Task Messages_AreLost_EventsComeAllTheSame()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        await using Workers workers = await Workers.StartAsync(2, redis, engine, ("WORKER_HEARTBEAT", "0.5"));
        using EventReader events = await EventReader.OpenAsync(workers[0].Client, query: "kind=stream-started");
        for (int number = 0; number < 5; number++)
        {
            await redis.AskAsync("CLIENT KILL TYPE pubsub");
            Tell(workers[1], number);
            Assert.Equal($"w1 {number}", Name(await events.NextAsync()));
        }
    }

    [Fact]
    public async Task Redis_NotThereAtAll_TheWorkerTellsItsOwn()
    {
        await using RedisServer redis = RedisServer.Absent();
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        await using Workers workers = await Workers.StartAsync(1, redis, engine, ("REDIS_TIMEOUT", "0.3"));
        using EventReader events = await EventReader.OpenAsync(workers[0].Client, query: "kind=stream-started");

        Tell(workers[0], 0);
        Tell(workers[0], 1);

        Assert.Equal("w0 0", Name(await events.NextAsync()));
        Assert.Equal("w0 1", Name(await events.NextAsync()));
        using EventReader again = await EventReader.OpenAsync(workers[0].Client, events.LastId, "kind=stream-started");
        Tell(workers[0], 2);
        Assert.Equal("w0 2", Name(await again.NextAsync()));
    }

    [Fact]
    public async Task Worker_KilledOrEnded_IsToldOnceByThoseWhoStay()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        await using Workers workers = await Workers.StartAsync(2, redis, engine, ("WORKER_HEARTBEAT", "1.5"));
        using EventReader events = await EventReader.OpenAsync(workers[0].Client, query: "kind=worker-joined,worker-left,worker-draining,stream-started");
        await using (WorkerProcess killed = await WorkerProcess.StartAsync("killed", redis, engine, ("WORKER_HEARTBEAT", "1.5")))
        {
            await events.NextAsync("worker-joined", "killed");
            await killed.KillAsync();
        }

        Assert.Equal("its heartbeat has stopped", (await events.NextAsync("worker-left", "killed")).GetProperty("reason").GetString());
        await using (WorkerProcess ended = await WorkerProcess.StartAsync("ended", redis, engine, ("WORKER_HEARTBEAT", "1.5")))
        {
            await events.NextAsync("worker-joined", "ended");
            await ended.SignalAsync("TERM");
            await ended.ExitCodeAsync();
        }

        Assert.Equal("the worker is about to end", (await events.NextAsync("worker-draining", "ended")).GetProperty("reason").GetString());
        Assert.Equal("it has ended", (await events.NextAsync("worker-left", "ended")).GetProperty("reason").GetString());
        Tell(workers[1], 0);
        List<string?> others = [];
        for (JsonElement next = await events.NextAsync(); next.GetProperty("kind").GetString() != "stream-started"; next = await events.NextAsync())
        {
            others.Add(next.GetProperty("worker").GetString());
        }

        Assert.DoesNotContain("killed", others);
        Assert.DoesNotContain("ended", others);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task OwnerKilledOrToldToEnd_TheNextOneTellsWhoItWasBefore(bool isKilled)
    {
        await using ClusterScene scene = await ClusterScene.StartAsync();
        using Viewer viewer = await scene.JoinAsync(1);
        await scene.PlayAsync(viewer);
        using EventReader events = await EventReader.OpenAsync(scene.Workers[2].Client, "0-0", $"kind=owner-changed&stream={scene.Infohash}");
        JsonElement first = await events.NextAsync();
        Assert.Equal("w0", first.GetProperty("worker").GetString());
        Assert.False(first.TryGetProperty("before", out _));

        await (isKilled ? scene.Workers[0].KillAsync() : scene.Workers[0].SignalAsync("TERM"));

        Assert.Equal("w0", (await events.NextAsync("owner-changed", "w1")).GetProperty("before").GetString());
    }

    [Fact]
    public async Task EngineDies_TheOtherWorkersReaderHearsOfTheFailover()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using var engines = await TwoEngines.StartAsync();
        await using Workers workers = await Workers.StartAsync(redis, [engines.Both, engines.Both], ("PROXY_LEASE_TIME", "15"));
        using Viewer viewer = await Viewer.JoinAsync(workers[0], $"infohash={TwoEngines.Infohash}");
        await viewer.UntilAsync(checker => checker.Packets > 100);
        string before = Assert.Single(workers[0].Streams.All()).Progress.Session!.Engine.Address.Id;
        using EventReader events = await EventReader.OpenAsync(workers[1].Client, query: "kind=failover");

        engines.End(before == engines.First ? 0 : 1);
        await viewer.UntilNewerThanAsync(DateTimeOffset.UtcNow.AddSeconds(1));

        JsonElement told = await events.NextAsync();
        Assert.Equal(("w0", TwoEngines.Infohash), (told.GetProperty("worker").GetString(), told.GetProperty("stream").GetString()));
        Assert.Equal(
            (before, before == engines.First ? engines.Second : engines.First), (told.GetProperty("before").GetString(), told.GetProperty("engine").GetString()));
    }

    private static string Name(JsonElement one) => $"{one.GetProperty("worker").GetString()} {one.GetProperty("stream").GetString()}";

    private static void Tell(RunningProxy worker, int number) =>
        worker.Services.GetRequiredService<EventLog>().Record(new ProxyEvent(EventKind.StreamStarted) { Stream = $"{number}" });

    private static async Task TellAsync(RunningProxy worker, int count)
    {
        for (int number = 0; number < count; number++)
        {
            Tell(worker, number);
            if (number % 20 == 0)
            {
                await Task.Delay(1, TestContext.Current.CancellationToken); // a load, not one burst
            }
        }
    }
}
