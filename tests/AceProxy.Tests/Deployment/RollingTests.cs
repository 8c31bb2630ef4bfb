using System.Net;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Tests.Cluster;
using AceProxy.Tests.Functional;

namespace AceProxy.Tests.Deployment;

/// <summary>Worker processes behind a balancer, of which the one that everybody watches is told to end, as with every new version.</summary>
public sealed class RollingTests : IAsyncLifetime
{
    /// <summary>Longer than any of this takes: the second signal ends it.</summary>
    private static readonly (string, string)[] Settings = [("SHUTDOWN_DRAIN", "120"), ("PROXY_LEASE_TIME", "15"), ("TRUSTED_PROXIES", "127.0.0.1")];

    private readonly List<WorkerProcess> _workers = [];
    private RedisServer _redis = null!;
    private SimulatedEngine _engine = null!;
    private SimulatedContent _content = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Query => $"infohash={_content.Infohash}";

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        _engine = await SimulatedEngine.StartAsync();
        _content = _engine.Add(Contents.Stamped() with { Burst = TimeSpan.FromSeconds(10) });
        foreach (int port in LoopbackPorts.Take(2))
        {
            string address = $"http://127.0.0.1:{port}";
            _workers.Add(await WorkerProcess.StartAsync(
                $"w{_workers.Count}", _redis, _engine, [.. Settings, ("ASPNETCORE_URLS", address), ("WORKER_ADDRESS", address)]));
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (WorkerProcess worker in _workers)
        {
            await worker.DisposeAsync();
        }

        await _engine.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Fact]
    public async Task Sigterm_BehindTheGateway_NewPlayersGoElsewhereAndNobodyLosesAnything()
    {
        await using WorkerProcess gateway = await WorkerProcess.StartAsync("gateway", _redis, _engine, ("ROLE", "gateway"));
        await SafetyNet.EventuallyAsync(async () => await ReadyAsync(gateway) == HttpStatusCode.OK, () => "the gateway finds no worker");
        await RollAsync(gateway.Client);
    }

    [Fact]
    public async Task Sigterm_BehindHaproxy_NewPlayersGoElsewhereAndNobodyLosesAnything()
    {
        await using HaproxyProcess haproxy = await HaproxyProcess.StartAsync(_workers[0].Client.BaseAddress!, _workers[1].Client.BaseAddress!);
        await RollAsync(haproxy.ByContent);
    }

    private async Task RollAsync(HttpClient balancer)
    {
        using Viewer own = await Viewer.JoinAsync(balancer, Query);
        await own.UntilAsync(checker => checker.Packets > 100);
        WorkerProcess leaving = await _workers[0].RoleAsync() == "owner" ? _workers[0] : _workers[1];
        WorkerProcess staying = leaving == _workers[0] ? _workers[1] : _workers[0];
        using Viewer elsewhere = await Viewer.JoinAsync(staying.Client, Query);
        await elsewhere.UntilNewerThanAsync(DateTimeOffset.UtcNow.AddSeconds(1));
        Assert.Equal(("owner", "follower"), (await leaving.RoleAsync(), await staying.RoleAsync()));

        await leaving.SignalAsync("TERM");
        await SafetyNet.EventuallyAsync(
            async () => await ReadyAsync(leaving) == HttpStatusCode.ServiceUnavailable, () => "balancers are not told that the worker drains");
        using Viewer comes = await JoinElsewhereAsync(balancer, staying);
        await SafetyNet.EventuallyAsync(
            async () => (await leaving.RoleAsync(), await staying.RoleAsync()) == ("follower", "owner"), () => "it is not handed over");
        DateTimeOffset handedOver = DateTimeOffset.UtcNow;
        await Task.WhenAll(((Viewer[])[own, elsewhere, comes]).Select(viewer => viewer.UntilNewerThanAsync(handedOver.AddSeconds(2))));

        await leaving.SignalAsync("TERM"); // at once
        await own.ToEndAsync();
        Assert.Equal(0, await leaving.ExitCodeAsync());
        using Viewer again = await Viewer.JoinAsync(balancer, Query);
        DateTimeOffset gone = DateTimeOffset.UtcNow;
        await Task.WhenAll(((Viewer[])[elsewhere, comes, again]).Select(viewer => viewer.UntilNewerThanAsync(gone.AddSeconds(2))));

        Assert.Equal(3, await staying.ClientsAsync());
        Assert.Equal("owner", await staying.RoleAsync());
        Assert.All((Viewer[])[own, elsewhere, comes, again], viewer => viewer.Checker.AssertGapless());
        Assert.Equal(1, _engine.OpenSessionCount);
    }

    /// <summary>Until the balancer has heard of it; whoever was sent to the worker that drains leaves again.</summary>
    private async Task<Viewer> JoinElsewhereAsync(HttpClient balancer, WorkerProcess staying)
    {
        Viewer? there = null;
        await SafetyNet.EventuallyAsync(
            async () =>
            {
                Viewer viewer = await Viewer.JoinAsync(balancer, Query);
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
