using System.Net;
using AceProxy.EngineSimulator;
using AceProxy.Tests.Cluster;
using AceProxy.Tests.Functional;

namespace AceProxy.Tests.Deployment;

/// <summary>Worker processes behind a balancer, of which the one that everybody watches is told to end, as with every new version.</summary>
public sealed class RollingTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("gateway")]
    [InlineData("haproxy")]
    public async Task Sigterm_BehindABalancer_NewPlayersGoElsewhereAndNobodyThereLosesAnything(string kind)
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        string query = $"infohash={engine.Add(Contents.Stamped() with { Burst = TimeSpan.FromSeconds(10) }).Infohash}";
        await using WorkerProcess first = await StartAsync("first", redis, engine);
        await using WorkerProcess second = await StartAsync("second", redis, engine);
        await using WorkerProcess? gateway = kind == "gateway" ? await WorkerProcess.StartAsync(kind, redis, engine, ("ROLE", "gateway")) : null;
        await using HaproxyProcess? haproxy = kind == "haproxy" ? await HaproxyProcess.StartAsync(first.Client.BaseAddress!, second.Client.BaseAddress!) : null;
        if (gateway is not null)
        {
            await SafetyNet.EventuallyAsync(async () => await ReadyAsync(gateway) == HttpStatusCode.OK, () => "the gateway finds no worker");
        }

        HttpClient balancer = gateway?.Client ?? haproxy!.ByContent;
        using Viewer own = await Viewer.JoinAsync(balancer, query);
        await own.UntilAsync(checker => checker.Packets > 100);
        WorkerProcess leaving = await first.RoleAsync() == "owner" ? first : second;
        WorkerProcess staying = leaving == first ? second : first;
        using Viewer elsewhere = await Viewer.JoinAsync(staying.Client, query);
        await elsewhere.UntilNewerThanAsync(DateTimeOffset.UtcNow.AddSeconds(1));
        Assert.Equal(("owner", "follower"), (await leaving.RoleAsync(), await staying.RoleAsync()));

        await leaving.SignalAsync("TERM");
        await SafetyNet.EventuallyAsync(
            async () => await ReadyAsync(leaving) == HttpStatusCode.ServiceUnavailable, () => "balancers are not told that the worker drains");
        using Viewer comes = await JoinElsewhereAsync(balancer, query, staying);
        await SafetyNet.EventuallyAsync(
            async () => (await leaving.RoleAsync(), await staying.RoleAsync()) == ("follower", "owner"), () => "it is not handed over");
        DateTimeOffset handedOver = DateTimeOffset.UtcNow;
        await Task.WhenAll(((Viewer[])[own, elsewhere, comes]).Select(viewer => viewer.UntilNewerThanAsync(handedOver.AddSeconds(2))));

        await leaving.SignalAsync("TERM"); // at once
        await own.ToEndAsync();
        Assert.Equal(0, await leaving.ExitCodeAsync());
        using Viewer again = await Viewer.JoinAsync(balancer, query);
        DateTimeOffset gone = DateTimeOffset.UtcNow;
        await Task.WhenAll(((Viewer[])[elsewhere, comes, again]).Select(viewer => viewer.UntilNewerThanAsync(gone.AddSeconds(2))));

        Assert.Equal(3, await staying.ClientsAsync());
        Assert.Equal("owner", await staying.RoleAsync());
        Assert.All((Viewer[])[own, elsewhere, comes, again], viewer => viewer.Checker.AssertGapless());
        Assert.Equal(1, engine.OpenSessionCount);
    }

    private static Task<WorkerProcess> StartAsync(string id, RedisServer redis, SimulatedEngine engine)
    {
        string address = $"http://127.0.0.1:{LoopbackPorts.TakeOne()}";
        return WorkerProcess.StartAsync(
            id, redis, engine, ("ASPNETCORE_URLS", address), ("WORKER_ADDRESS", address), ("TRUSTED_PROXIES", "127.0.0.1"),
            ("SHUTDOWN_DRAIN", "120"), // longer than any of this takes: the second signal ends it
            ("PROXY_LEASE_TIME", "15")); // and a busy machine is not an owner's death
    }

    /// <summary>Until the balancer has heard of it; whoever was sent to the worker that drains leaves again.</summary>
    private static async Task<Viewer> JoinElsewhereAsync(HttpClient balancer, string query, WorkerProcess staying)
    {
        Viewer? there = null;
        await SafetyNet.EventuallyAsync(
            async () =>
            {
                Viewer viewer = await Viewer.JoinAsync(balancer, query);
                if (await staying.ClientsAsync() == 2)
                {
                    there = viewer;
                    return true;
                }

                viewer.Dispose();
                return false;
            },
            () => "a draining worker gets all new players");
        return there!;
    }

    private static async Task<HttpStatusCode> ReadyAsync(WorkerProcess process)
    {
        using HttpResponseMessage response = await process.Client.GetAsync("/readyz", Cancellation);
        return response.StatusCode;
    }
}
