using System.Net;
using System.Text.Json;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.LiveStreams;
using AceProxy.Tests.Functional;
using Microsoft.Extensions.DependencyInjection;

namespace AceProxy.Tests.Cluster;

/// <summary>Lists and orders over the API of one worker reach all.</summary>
public sealed class CommandTests
{
    /// <summary>However slow the machine: nobody is taken for dead, and every answer is awaited.</summary>
    private static readonly (string, string)[] Patient =
        [("WORKER_REPLY_TIMEOUT", "20"), ("WORKER_HEARTBEAT", "4"), ("PROXY_LEASE_TIME", "20"), ("REDIS_TIMEOUT", "10")];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Lists_AskedOfAnyWorker_AreOfAll()
    {
        await using Scene scene = await Scene.StartAsync();
        using Viewer one = await scene.WatchAsync(0);
        using Viewer other = await scene.WatchAsync(1);

        foreach (RunningProxy asked in scene.Workers.All)
        {
            JsonElement streams = await GetAsync(asked, "/api/streams");
            Assert.Equal(["w0 owner", "w1 follower"], streams.GetProperty("streams").EnumerateArray().Select(
                part => $"{part.GetProperty("worker").GetString()} {part.GetProperty("role").GetString()}"));
            Assert.Equal(0, streams.GetProperty("unanswered").GetArrayLength());
            Assert.Equal(2, (await GetAsync(asked, $"/api/streams/{scene.Content.Infohash}")).GetProperty("streams").GetArrayLength());
            Assert.Equal(1, (await GetAsync(asked, "/api/streams?scope=worker")).GetProperty("streams").GetArrayLength());
            JsonElement[] clients = [.. (await GetAsync(asked, "/api/clients")).GetProperty("clients").EnumerateArray()];
            Assert.Equal(["w0", "w1"], clients.Select(client => client.GetProperty("worker").GetString()));
            Assert.All(clients, client => Assert.Equal("127.0.0.1", client.GetProperty("address").GetString()));
            string id = clients[1].GetProperty("id").GetString()!;
            Assert.Equal("w1", (await GetAsync(asked, $"/api/clients/{id}")).GetProperty("worker").GetString());
            JsonElement engines = (await GetAsync(asked, "/api/engines")).GetProperty("engines");
            Assert.Equal(["w0 1", "w1 0"], engines.EnumerateArray().Select(
                engine => $"{engine.GetProperty("worker").GetString()} {engine.GetProperty("sessions").GetInt32()}"));
            JsonElement workers = await GetAsync(asked, "/api/workers");
            Assert.Equal(["w0 1 True", "w1 1 True"], workers.GetProperty("workers").EnumerateArray().Select(
                worker => $"{worker.GetProperty("id").GetString()} {worker.GetProperty("clients").GetInt32()} {worker.GetProperty("answers").GetBoolean()}"));
            Assert.Equal("w1", (await GetAsync(asked, "/api/workers/w1")).GetProperty("id").GetString());
        }
    }

    [Fact]
    public async Task StopStream_AskedOfTheFollower_EndsItEverywhere()
    {
        await using Scene scene = await Scene.StartAsync(("PROXY_GRACE_PERIOD", "60"));
        using Viewer one = await scene.WatchAsync(0);
        using Viewer other = await scene.WatchAsync(1);

        (HttpStatusCode status, JsonElement outcome) = await SendAsync(scene.Workers[1], HttpMethod.Delete, $"/api/streams/{scene.Content.Infohash}");

        Assert.Equal((HttpStatusCode.OK, 2), (status, outcome.GetProperty("done").GetArrayLength()));
        await Task.WhenAll(one.ToEndAsync(), other.ToEndAsync());
        await Task.WhenAll(scene.Workers.All.Select(worker => worker.SettledAsync()));
        await scene.Workers[0].SettledAsync(scene.Engine);
        scene.Engine.AssertEachStoppedOnce();
        Assert.Equal(1, scene.Engine.SessionsOpened); // nobody has taken it over
        Assert.Equal("$-1", await scene.Redis.AskAsync($"GET aceproxy:{{{scene.Content.Infohash}}}:lease"));
        (status, _) = await SendAsync(scene.Workers[1], HttpMethod.Delete, $"/api/streams/{scene.Content.Infohash}");
        Assert.Equal(HttpStatusCode.NotFound, status);
    }

    [Fact]
    public async Task EndClient_OfTheOtherWorker_EndsItAndNobodyElse()
    {
        await using Scene scene = await Scene.StartAsync();
        using Viewer one = await scene.WatchAsync(0);
        using Viewer other = await scene.WatchAsync(1);
        string id = Assert.Single(Assert.Single(scene.Workers[0].Streams.All()).Clients).Id;

        (HttpStatusCode status, JsonElement outcome) = await SendAsync(scene.Workers[1], HttpMethod.Delete, $"/api/clients/{id}");

        Assert.Equal((HttpStatusCode.OK, id), (status, outcome.GetProperty("done")[0].GetString()));
        await SafetyNet.EventuallyAsync(() => scene.Workers[0].Streams.All().All(stream => stream.Clients.Count == 0), () => "it is still there");
        await other.UntilNewerThanAsync(DateTimeOffset.UtcNow.AddSeconds(1));
        other.Checker.AssertGapless();
        (status, _) = await SendAsync(scene.Workers[1], HttpMethod.Delete, $"/api/clients/{id}");
        Assert.Equal(HttpStatusCode.NotFound, status);
    }

    [Fact]
    public async Task DrainWorker_FromTheOther_HandsItsStreamsOverUntilItIsTakenBack()
    {
        await using Scene scene = await Scene.StartAsync();
        using Viewer one = await scene.WatchAsync(0);
        using Viewer other = await scene.WatchAsync(1);

        (HttpStatusCode status, JsonElement worker) = await SendAsync(scene.Workers[1], HttpMethod.Post, "/api/workers/w0/drain");

        Assert.Equal((HttpStatusCode.OK, "w0", true), (status, worker.GetProperty("id").GetString(), worker.GetProperty("draining").GetBoolean()));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await scene.Workers[0].Client.GetAsync("/readyz", Cancellation)).StatusCode);
        await SafetyNet.EventuallyAsync(() => scene.Workers[1].Streams.All() is [{ Role: StreamRole.Owner }], () => "it was not handed over");
        await Task.WhenAll(one.UntilNewerThanAsync(DateTimeOffset.UtcNow.AddSeconds(1)), other.UntilNewerThanAsync(DateTimeOffset.UtcNow.AddSeconds(1)));

        (status, worker) = await SendAsync(scene.Workers[1], HttpMethod.Post, "/api/workers/w0/undrain");
        Assert.Equal((HttpStatusCode.OK, false), (status, worker.GetProperty("draining").GetBoolean()));
        Assert.Equal(HttpStatusCode.OK, (await scene.Workers[0].Client.GetAsync("/readyz", Cancellation)).StatusCode);
        scene.Workers[0].Services.GetRequiredService<Drain>().BeginToEnd();
        (status, _) = await SendAsync(scene.Workers[1], HttpMethod.Post, "/api/workers/w0/undrain");
        Assert.Equal(HttpStatusCode.Conflict, status);
        (status, _) = await SendAsync(scene.Workers[1], HttpMethod.Post, "/api/workers/nobody/drain");
        Assert.Equal(HttpStatusCode.NotFound, status);
    }

    [Fact]
    public async Task DrainEngine_FromOneWorker_DrainsItOnAllAndOnThoseThatStartLater()
    {
        await using Scene scene = await Scene.StartAsync();
        string engine = scene.Engine.EndPoint.ToString();

        (HttpStatusCode status, JsonElement drained) = await SendAsync(scene.Workers[1], HttpMethod.Post, $"/api/engines/{engine}/drain");

        Assert.Equal((HttpStatusCode.OK, 2), (status, drained.GetProperty("workers").GetInt32()));
        Assert.Equal("draining", drained.GetProperty("engine").GetProperty("state").GetString());
        Assert.All(scene.Workers.All, worker => Assert.Equal("Draining", worker.Catalog.Find(engine)!.Health.State.ToString()));
        await using RunningProxy later = await RunningProxy.StartAsync(scene.Engine, [.. scene.Redis.Settings, ("WORKER_ID", "later")]);
        await SafetyNet.EventuallyAsync(() => later.Catalog.Find(engine)?.Health.State.ToString() == "Draining", () => "it does not know");

        await scene.Redis.AskAsync("FLUSHALL"); // what Redis has lost is put back, and not taken for a word of its own
        await SafetyNet.EventuallyAsync(
            async () => (await scene.Redis.HashAsync("aceproxy:orders", $"drained:{engine}")).EndsWith(":yes", StringComparison.Ordinal), () => "not put back");
        Assert.All(scene.Workers.All, worker => Assert.Equal("Draining", worker.Catalog.Find(engine)!.Health.State.ToString()));

        (status, _) = await SendAsync(later, HttpMethod.Post, $"/api/engines/{engine}/undrain");
        Assert.Equal(HttpStatusCode.OK, status);
        await SafetyNet.EventuallyAsync(
            () => scene.Workers.All.Append(later).All(worker => worker.Catalog.Find(engine)!.Health.State.ToString() == "Healthy"), () => "it is still drained");
    }

    [Fact]
    public async Task WorkerStandsStill_IsNamedInTimeAndDoesNotActWhenItIsBack()
    {
        await using Scene scene = await Scene.StartAsync(("WORKER_REPLY_TIMEOUT", "2"), ("WORKER_HEARTBEAT", "10")); // listed all the time
        await using WorkerProcess still = await WorkerProcess.StartAsync("still", scene.Redis, scene.Engine, ("WORKER_HEARTBEAT", "10"));
        using Viewer viewer = await Viewer.JoinAsync(still.Client, $"infohash={scene.Content.Infohash}");
        await viewer.UntilAsync(checker => checker.Packets > 100);
        await ListsAsync(scene.Workers[0], workers: 3);
        await still.SignalAsync("STOP");

        JsonElement streams = await GetAsync(scene.Workers[0], "/api/streams");
        Assert.Contains("still", streams.GetProperty("unanswered").EnumerateArray().Select(one => one.GetString()));
        JsonElement silent = await GetAsync(scene.Workers[0], "/api/workers/still");
        Assert.False(silent.GetProperty("answers").GetBoolean());
        (HttpStatusCode status, JsonElement problem) = await SendAsync(scene.Workers[0], HttpMethod.Delete, $"/api/streams/{scene.Content.Infohash}");
        Assert.Equal(HttpStatusCode.GatewayTimeout, status);
        Assert.Contains("still", problem.GetProperty("unanswered").EnumerateArray().Select(one => one.GetString()));
        (status, _) = await SendAsync(scene.Workers[0], HttpMethod.Post, "/api/workers/still/drain");
        Assert.Equal(HttpStatusCode.GatewayTimeout, status);

        await SafetyNet.EventuallyAsync( // until nobody waits for its answer any more
            async () => await scene.Redis.AskAsync("KEYS aceproxy:command:*") == "*0", () => "orders stay");
        await still.SignalAsync("CONT");
        await SafetyNet.EventuallyAsync(
            async () => (await GetAsync(scene.Workers[0], "/api/streams")).GetProperty("streams").GetArrayLength() == 1, () => "it does not answer");
        await viewer.UntilNewerThanAsync(DateTimeOffset.UtcNow); // it has not stopped what it was told to stop long ago
        Assert.False((await GetAsync(scene.Workers[0], "/api/workers/still")).GetProperty("draining").GetBoolean());
    }

    /// <summary>What Redis has refused once is lost like what it never heard: the client library does not ask again.</summary>
    [Fact]
    public async Task Subscriptions_AreLost_AreMadeAgain()
    {
        await using Scene scene = await Scene.StartAsync(("WORKER_HEARTBEAT", "0.5"), ("WORKER_REPLY_TIMEOUT", "2"), ("REDIS_TIMEOUT", "2"));
        await scene.LoseSubscriptionsAsync();

        await SafetyNet.EventuallyAsync(
            async () => await AnswersAsync(scene.Workers[0], "w1") && await AnswersAsync(scene.Workers[1], "w0"), () => "they do not hear each other");
    }

    [Fact]
    public async Task Subscriptions_AreLost_AStreamIsHandedOverToWhoFollowsIt()
    {
        await using Scene scene = await Scene.StartAsync(("WORKER_HEARTBEAT", "0.5"), ("REDIS_TIMEOUT", "2"));
        using Viewer one = await scene.WatchAsync(0);
        using Viewer other = await scene.WatchAsync(1);
        string channel = $"aceproxy:{{{scene.Content.Infohash}}}:events";
        await scene.LoseSubscriptionsAsync(channel);

        await SafetyNet.EventuallyAsync(
            async () => (await scene.Redis.RawAsync($"PUBSUB NUMSUB {channel}")).Contains("\n:2\r", StringComparison.Ordinal), () => "the stream's channel is not heard");
        scene.Workers[0].Services.GetRequiredService<Drain>().Begin(); // which is offered on the channel, and accepted there
        await SafetyNet.EventuallyAsync(() => scene.Workers[1].Streams.All() is [{ Role: StreamRole.Owner }], () => "it was not handed over");
        await Task.WhenAll(one.UntilNewerThanAsync(DateTimeOffset.UtcNow.AddSeconds(1)), other.UntilNewerThanAsync(DateTimeOffset.UtcNow.AddSeconds(1)));
    }

    [Fact]
    public async Task RedisAway_TheWorkerAnswersForItselfAndSaysSo()
    {
        await using Scene scene = await Scene.StartAsync(("REDIS_TIMEOUT", "0.3"));
        using Viewer viewer = await scene.WatchAsync(0);
        await scene.Redis.KillAsync();

        JsonElement streams = await GetAsync(scene.Workers[0], "/api/streams");
        (HttpStatusCode elsewhere, JsonElement problem) = await SendAsync(scene.Workers[1], HttpMethod.Delete, $"/api/streams/{scene.Content.Infohash}");
        (HttpStatusCode here, JsonElement outcome) = await SendAsync(scene.Workers[0], HttpMethod.Delete, $"/api/streams/{scene.Content.Infohash}");

        Assert.Equal((1, "Redis is away: only this worker was asked"), (streams.GetProperty("streams").GetArrayLength(), streams.GetProperty("note").GetString()));
        Assert.Equal(HttpStatusCode.NotFound, elsewhere);
        Assert.Contains("Redis is away", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.OK, 1), (here, outcome.GetProperty("done").GetArrayLength()));
        Assert.Contains("Redis is away", outcome.GetProperty("note").GetString(), StringComparison.Ordinal);
        await viewer.ToEndAsync();
    }

    private static Task ListsAsync(RunningProxy asked, int workers) => SafetyNet.EventuallyAsync(
        async () => (await GetAsync(asked, "/api/workers")).GetProperty("workers").GetArrayLength() == workers, () => "they are not all listed");

    private static async Task<bool> AnswersAsync(RunningProxy asked, string worker) =>
        (await GetAsync(asked, $"/api/workers/{worker}")).TryGetProperty("answers", out JsonElement answers) && answers.GetBoolean();

    private static async Task<JsonElement> GetAsync(RunningProxy asked, string path)
    {
        using HttpResponseMessage response = await asked.Client.GetAsync(path, Cancellation);
        return JsonElement.Parse(await response.Content.ReadAsStringAsync(Cancellation));
    }

    private static async Task<(HttpStatusCode Status, JsonElement Body)> SendAsync(RunningProxy asked, HttpMethod method, string path)
    {
        using var request = new HttpRequestMessage(method, path);
        using HttpResponseMessage response = await asked.Client.SendAsync(request, Cancellation);
        return (response.StatusCode, JsonElement.Parse(await response.Content.ReadAsStringAsync(Cancellation)));
    }

    /// <summary>Two workers that list each other, on one Redis and one engine.</summary>
    private sealed class Scene(RedisServer redis, SimulatedEngine engine, SimulatedContent content, Workers workers) : IAsyncDisposable
    {
        public RedisServer Redis => redis;

        public SimulatedEngine Engine => engine;

        public SimulatedContent Content => content;

        public Workers Workers => workers;

        public static async Task<Scene> StartAsync(params (string, string)[] settings)
        {
            RedisServer redis = await RedisServer.StartAsync();
            SimulatedEngine engine = await SimulatedEngine.StartAsync();
            SimulatedContent content = engine.Add(Contents.Stamped());
            Workers workers = await Cluster.Workers.StartAsync(2, redis, engine, [.. Patient, .. settings]);
            await ListsAsync(workers[0], workers: 2);
            await ListsAsync(workers[1], workers: 2); // each lists itself anyway
            return new Scene(redis, engine, content, workers);
        }

        /// <summary>Returns when Redis has refused all workers' subscriptions, and would not any more.</summary>
        public async Task LoseSubscriptionsAsync(params string[] channels)
        {
            Assert.Equal("+OK", await redis.AskAsync("ACL SETUSER default resetchannels")); // ends those who are subscribed; they come back at once
            string[] all = [.. channels, .. workers.All.Select((_, index) => $"aceproxy:replies:w{index}")];
            await SafetyNet.EventuallyAsync(
                async () => await redis.RawAsync("ACL LOG 128") is var log && all.All(channel => log.Contains(channel, StringComparison.Ordinal)),
                () => "they were not refused");
            Assert.Equal("+OK", await redis.AskAsync("ACL SETUSER default allchannels"));
        }

        public async Task<Viewer> WatchAsync(int worker)
        {
            Viewer viewer = await Viewer.JoinAsync(workers[worker], $"infohash={content.Infohash}");
            await viewer.UntilAsync(checker => checker.Packets > 100);
            return viewer;
        }

        public async ValueTask DisposeAsync()
        {
            await workers.DisposeAsync();
            await engine.DisposeAsync();
            await redis.DisposeAsync();
        }
    }
}
