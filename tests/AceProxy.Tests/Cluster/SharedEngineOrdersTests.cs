using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using AceProxy.Cluster.Connection;
using AceProxy.Engines;
using AceProxy.Engines.Orders;
using AceProxy.Engines.Sources;
using AceProxy.EngineSimulator;
using AceProxy.Tests.Functional;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AceProxy.Tests.Cluster;

/// <summary>What one worker is told of an engine holds on all, whoever hears of it and whenever.</summary>
public sealed class SharedEngineOrdersTests
{
    private const string Key = "aceproxy:orders";

    /// <summary>However slow the machine: nobody is taken for dead, and every answer is awaited.</summary>
    private static readonly (string, string)[] Settings = [("WORKER_REPLY_TIMEOUT", "20"), ("WORKER_HEARTBEAT", "4"), ("REDIS_TIMEOUT", "5")];

    /// <summary>What somebody has not heard is read soon.</summary>
    private static readonly (string, string) Often = ("WORKER_HEARTBEAT", "0.5");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Register_AskedOfOne_IsUsedByAllAndByOneThatStartsLaterAndTakenAwayByAny()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        engine.Add(Contents.Stamped());
        string id = engine.EndPoint.ToString();
        await using Workers workers = await StartAsync(redis);
        await ListEachOtherAsync(workers);

        (HttpStatusCode status, JsonElement reply) = await RegisterAsync(workers[0], engine.EndPoint.Port, isForwarded: true);

        Assert.Equal((HttpStatusCode.Created, 2), (status, reply.GetProperty("workers").GetInt32())); // by command: at once
        Assert.Equal((id, "w0"), (Text(reply.GetProperty("engine"), "id"), Text(reply.GetProperty("engine"), "worker")));
        Assert.All(workers.All, worker => Assert.True(worker.Catalog.Find(id)!.Address.IsForwarded));
        await using RunningProxy later = await RunningProxy.StartAsync(
            [("ENGINES", "none"), ("WORKER_ID", "later"), ("PROXY_GRACE_PERIOD", "0"), .. redis.Settings, .. Settings]);
        await KnowAsync(id, later);
        using (Viewer viewer = await Viewer.JoinAsync(later, $"infohash={Contents.Stamped().Infohash}"))
        {
            Assert.Equal(1, engine.OpenSessionCount);
        }

        foreach (RunningProxy asked in workers.All.Append(later)) // once they list each other
        {
            await SafetyNet.EventuallyAsync(
                async () => await ShownAsync(asked, id) == "later registered; w0 registered; w1 registered", () => "they do not all show it");
        }

        Assert.Equal(HttpStatusCode.OK, (await RegisterAsync(later, engine.EndPoint.Port, isForwarded: true)).Status); // it is known
        Assert.Equal(HttpStatusCode.NoContent, await DeleteAsync(later, id));
        await LostAsync(id, [.. workers.All, later]);
        Assert.Equal(HttpStatusCode.NotFound, await DeleteAsync(workers[0], id));
        Assert.Equal("NotFound", await ShownAsync(workers[1], id));
    }

    [Fact]
    public async Task Redis_Away_TheOneAskedHasItAtOnceAndTheOthersWhenItIsBackEmpty()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using Workers workers = await StartAsync(redis, Often, ("REDIS_TIMEOUT", "0.3"));
        await RegisterAsync(workers[0], 9);
        await KnowAsync("127.0.0.1:9", workers[1]);
        await redis.KillAsync();

        (HttpStatusCode status, JsonElement reply) = await RegisterAsync(workers[0], 10);
        Assert.Equal(HttpStatusCode.NoContent, await DeleteAsync(workers[0], "127.0.0.1:9")); // which the other does not hear, and has to put back

        Assert.Equal((HttpStatusCode.Created, 1), (status, reply.GetProperty("workers").GetInt32()));
        Assert.Contains("Redis is away", Text(reply, "note"), StringComparison.Ordinal);
        Assert.Equal("127.0.0.1:10", Named(workers[0]));
        Assert.Equal("127.0.0.1:9", Named(workers[1]));
        await redis.RestartAsync();
        await SafetyNet.EventuallyAsync(() => workers.All.All(worker => Named(worker) == "127.0.0.1:10"), () => "they do not know the same");
        await SafetyNet.EventuallyAsync(
            async () => (await redis.HashAsync(Key, "registered:127.0.0.1:9")).EndsWith(":no", StringComparison.Ordinal), () => "not remembered");
    }

    [Fact]
    public async Task Redis_EmptiedWhileAWorkerStandsStill_WhatWasTakenAwayMeanwhileIsNotPutBack()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using Workers workers = await StartAsync(redis, Often, ("WORKER_REPLY_TIMEOUT", "0.5"));
        await RegisterAsync(workers[0], 9);
        await RegisterAsync(workers[0], 10);
        await using SimulatedEngine own = await SimulatedEngine.StartAsync();
        await using WorkerProcess still = await WorkerProcess.StartAsync("still", redis, own, Often);
        await SafetyNet.EventuallyAsync(async () => await CountAsync(still) == 3, () => "it does not know");
        await still.SignalAsync("STOP");

        Assert.Equal(HttpStatusCode.NoContent, await DeleteAsync(workers[1], "127.0.0.1:9"));
        await LostAsync("127.0.0.1:9", [.. workers.All]);
        Assert.Equal("+OK", await redis.AskAsync("FLUSHALL"));
        await still.SignalAsync("CONT");

        await SafetyNet.EventuallyAsync(async () => await CountAsync(still) == 2, () => "it goes on using it");
        await SafetyNet.EventuallyAsync(
            async () => (await redis.HashAsync(Key, "registered:127.0.0.1:10")).EndsWith(":yes", StringComparison.Ordinal), () => "not put back");
        Assert.All(workers.All, worker => Assert.Equal("127.0.0.1:10", Named(worker)));
    }

    [Fact]
    public async Task Register_WhenThereIsRoomForOneMore_IsRefusedByAll()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using Workers workers = await StartAsync(redis);
        for (int port = 1; port < RegisteredSource.Most; port++)
        {
            workers[0].Orders.Give(EngineOrderKind.Registered, new EngineAddress("127.0.0.1", port, false), true);
        }

        Assert.Equal(HttpStatusCode.Created, (await RegisterAsync(workers[0], RegisteredSource.Most)).Status);
        await KnowAsync($"127.0.0.1:{RegisteredSource.Most}", workers[1]);
        Assert.Equal(HttpStatusCode.Conflict, (await RegisterAsync(workers[0], 2000)).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await RegisterAsync(workers[1], 2000)).Status);
        Assert.Equal(HttpStatusCode.NoContent, await DeleteAsync(workers[1], "127.0.0.1:1"));
        Assert.Equal(HttpStatusCode.Created, (await RegisterAsync(workers[0], 2000)).Status);
    }

    [Fact]
    public async Task Delete_OfWhatAnotherWorkersSettingsName_Is409ThatSaysSo()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using Workers workers = await Workers.StartAsync(redis, ["none", "127.0.0.1:9"], Settings);
        await ListEachOtherAsync(workers);

        using HttpResponseMessage response = await workers[0].Client.DeleteAsync("/api/engines/127.0.0.1:9", Cancellation);

        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
        Assert.Contains("named by ENGINES", await response.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.Equal("w1 ENGINES", await ShownAsync(workers[0], "127.0.0.1:9"));
    }

    [Fact]
    public async Task Redis_HasNonsense_IsLeftOutAndNamedOnceAndReplacedByWhatIsKnown()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        string future = DateTimeOffset.UtcNow.AddYears(5).ToUnixTimeMilliseconds().ToString(System.Globalization.CultureInfo.InvariantCulture);
        (string Field, string Value)[] nonsense =
        [
            ("registered:127.0.0.1:9", $"{future}:yes"), ("drained:127.0.0.1:9", "{\"yes\":1}"), ("registered:user@127.0.0.1:9", "1:yes"),
            ("registered:127.0.0.1:10", new string('1', 1_000_000)), (new string('x', 1_000_000), "1:yes"), ("registered:127.0.0.1", "1:yes"),
        ];
        foreach ((string field, string value) in nonsense)
        {
            Assert.Equal(":1", await redis.AskAsync($"HSET {Key} {field} {value}"));
        }

        Assert.Equal(":1", await redis.AskAsync($"HSET {Key} registered:127.0.0.1:11 1:yes"));
        var log = new RecordedLog();
        await using RunningProxy worker = await RunningProxy.StartAsync([("ENGINES", "none"), .. redis.Settings, .. Settings, Often]);
        worker.Services.GetRequiredService<ILoggerFactory>().AddProvider(log);
        Assert.Equal(":1", await redis.AskAsync($"HSET {Key} more 1:yes")); // not before somebody listens
        await SafetyNet.EventuallyAsync(() => log.Count(Key) > 0 && Named(worker) == "127.0.0.1:11", () => "nothing is said");
        Assert.Equal(HttpStatusCode.Created, (await RegisterAsync(worker, 9)).Status);

        await using RunningProxy later = await RunningProxy.StartAsync([("ENGINES", "none"), .. redis.Settings, .. Settings]);
        await KnowAsync("127.0.0.1:9", later);
        Assert.Equal("127.0.0.1:11 127.0.0.1:9", Named(later));
        RedisConnection connection = worker.Services.GetRequiredService<RedisConnection>();
        long commands = connection.Commands;
        await SafetyNet.EventuallyAsync(() => connection.Commands > commands + 60, () => "no heartbeats"); // ten of them, or so
        Assert.InRange(log.Count(Key), 1, 5); // when there is other nonsense than before, and not at every heartbeat
        Assert.All(log.Lines.Where(line => line.Text.Contains(Key, StringComparison.Ordinal)), line => Assert.InRange(line.Text.Length, 1, 2000));
    }

    [Fact]
    public async Task Redis_HasSomethingElseUnderTheKey_IsSaidAndTheWorkersGoOnByCommand()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        var log = new RecordedLog();
        await using Workers workers = await StartAsync(redis);
        await ListEachOtherAsync(workers);
        workers[0].Services.GetRequiredService<ILoggerFactory>().AddProvider(log);

        Assert.Equal("+OK", await redis.AskAsync($"SET {Key} something"));
        await SafetyNet.EventuallyAsync(() => log.Count($"refuses what concerns {Key}: WRONGTYPE") == 1, () => "nothing is said");
        Assert.Equal(HttpStatusCode.Created, (await RegisterAsync(workers[1], 9)).Status);
        Assert.All(workers.All, worker => Assert.Equal("127.0.0.1:9", Named(worker)));
        Assert.Equal("$9", await redis.AskAsync($"GET {Key}")); // it may be somebody's
        Assert.Equal(":1", await redis.AskAsync($"DEL {Key}"));

        await SafetyNet.EventuallyAsync(
            async () => (await redis.HashAsync(Key, "registered:127.0.0.1:9")).EndsWith(":yes", StringComparison.Ordinal), () => "not put there");
    }

    private static Task<Workers> StartAsync(RedisServer redis, params (string, string)[] settings) =>
        Workers.StartAsync(redis, ["none", "none"], [.. Settings, .. settings]);

    private static Task ListEachOtherAsync(Workers workers) => SafetyNet.EventuallyAsync(
        async () => (await Task.WhenAll(workers.All.Select(worker => GetAsync(worker.Client, "/api/workers"))))
            .All(list => list.GetProperty("workers").EnumerateArray().Count(worker => worker.GetProperty("answers").GetBoolean()) == workers.All.Count),
        () => "they do not hear each other");

    private static Task KnowAsync(string id, params RunningProxy[] workers) =>
        SafetyNet.EventuallyAsync(() => workers.All(worker => worker.Catalog.Find(id) is not null), () => "they do not know it");

    private static Task LostAsync(string id, params RunningProxy[] workers) =>
        SafetyNet.EventuallyAsync(() => workers.All(worker => worker.Catalog.Find(id) is null), () => "they still have it");

    private static string Named(RunningProxy worker) =>
        string.Join(' ', worker.Catalog.Engines.Select(engine => engine.Address.Id).Order(StringComparer.Ordinal));

    private static async Task<int> CountAsync(WorkerProcess worker) =>
        (await GetAsync(worker.Client, "/api/engines?scope=worker")).GetProperty("engines").GetArrayLength();

    private static async Task<(HttpStatusCode Status, JsonElement Body)> RegisterAsync(RunningProxy asked, int port, bool isForwarded = false)
    {
        using HttpResponseMessage response = await asked.Client.PostAsJsonAsync(
            "/api/engines", new { host = "127.0.0.1", port, forwarded = isForwarded }, Cancellation);
        return (response.StatusCode, JsonElement.Parse(await response.Content.ReadAsStringAsync(Cancellation)));
    }

    private static async Task<HttpStatusCode> DeleteAsync(RunningProxy asked, string id)
    {
        using HttpResponseMessage response = await asked.Client.DeleteAsync($"/api/engines/{id}", Cancellation);
        return response.StatusCode;
    }

    /// <summary>Who shows it, and who names it there; or the status.</summary>
    private static async Task<string> ShownAsync(RunningProxy asked, string id)
    {
        using HttpResponseMessage response = await asked.Client.GetAsync($"/api/engines/{id}", Cancellation);
        return response.StatusCode != HttpStatusCode.OK ? response.StatusCode.ToString() : string.Join("; ",
            JsonElement.Parse(await response.Content.ReadAsStringAsync(Cancellation)).GetProperty("engines").EnumerateArray()
                .Select(engine => $"{Text(engine, "worker")} {string.Join(',', engine.GetProperty("sources").EnumerateArray())}"));
    }

    private static async Task<JsonElement> GetAsync(HttpClient client, string path) => JsonElement.Parse(await client.GetStringAsync(path, Cancellation));

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();
}
