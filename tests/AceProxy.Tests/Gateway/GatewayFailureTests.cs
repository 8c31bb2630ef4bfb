using System.Net;
using System.Net.Sockets;
using System.Text;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Tests.Functional;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AceProxy.Tests.Gateway;

/// <summary>Workers that go, and Redis.</summary>
public sealed class GatewayFailureTests
{
    private const string AContent = "id=c000000000000000000000000000000000000001";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Entries of workers that have no heartbeat are believed for five minutes.</summary>
    private static (string, string) LongLived => ("WORKER_HEARTBEAT", "60");

    [Fact]
    public async Task Get_WorkerGoesBeforeItAnswers_AnotherIsAskedOnceAndTheFirstGetsNothingNew()
    {
        await using RawServer dying = RawServer.Start(async exchange =>
        {
            if (IsForAStream(exchange.Request))
            {
                exchange.Reset();
            }
            else
            {
                await exchange.ReplyAsync("{}");
            }
        });
        await using RawServer well = RawServer.Start(PlayAsync);
        await using GatewayScene scene = await SceneAsync(dying, well);

        string[] answers = [await AskAsync(scene), await AskAsync(scene), await AskAsync(scene)];

        Assert.All(answers, answer => Assert.Equal("here", answer));
        Assert.Single(dying.Requests, IsForAStream);
        Assert.Equal(3, well.Requests.Count(IsForAStream));
    }

    [Fact]
    public async Task Get_EveryWorkerGoesBeforeItAnswers_TwoAreAskedAndThePlayerIsToldWhenToComeAgain()
    {
        await using RawServer one = RawServer.Start(_ => Task.CompletedTask);
        await using RawServer other = RawServer.Start(_ => Task.CompletedTask);
        await using RawServer third = RawServer.Start(_ => Task.CompletedTask);
        await using GatewayScene scene = await SceneAsync(one, other, third);

        using HttpResponseMessage response = await scene.Gateway.GetAsync(AContent, Cancellation);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.NotNull(response.Headers.RetryAfter);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        RawServer[] asked = [.. new[] { one, other, third }.Where(worker => worker.Requests.Any(IsForAStream))];
        Assert.Equal(2, asked.Length);
        Assert.All(asked, worker => Assert.Single(worker.Requests, IsForAStream));
    }

    [Fact]
    public async Task Get_WorkerGoesInMidStream_IsCutAndNotPastedTogetherWithAnother()
    {
        int asked = 0;
        var seen = new TaskCompletionSource();
        await using RawServer dying = RawServer.Start(async exchange =>
        {
            if (!IsForAStream(exchange.Request))
            {
                await exchange.ReplyAsync("{}");
                return;
            }

            if (Interlocked.Increment(ref asked) > 1)
            {
                await PlayAsync(exchange, "again");
                return;
            }

            await exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
            await seen.Task; // a connection that is cut takes with it what was not read
        });
        await using RawServer well = RawServer.Start(PlayAsync);
        await using GatewayScene scene = await SceneAsync(dying, well);

        (Wire wire, WireHead head) = await Wire.AskAsync(scene.Gateway, $"GET /ace/getstream?{OfTheFirst(2)} HTTP/1.1\r\nHost: tv\r\n\r\n");
        using (wire)
        {
            Assert.Equal(200, head.Status);
            Assert.Equal("half", Encoding.Latin1.GetString((await wire.ReadChunkAsync())!));
            seen.SetResult();
            Exception? end = await Record.ExceptionAsync(wire.ReadChunkAsync); // not the empty chunk of a clean end
            Assert.True(end is IOException or SocketException, $"{end}");
        }

        Assert.DoesNotContain(well.Requests, IsForAStream);
        Assert.Equal("again", await AskAsync(scene)); // it may have been the player, who stood still
    }

    [Fact]
    public async Task Get_WorkerSaysItIsNotReady_GetsNoPlayersUntilItIs()
    {
        bool isReady = false;
        await using RawServer ill = RawServer.Start(exchange => IsForAStream(exchange.Request) ? PlayAsync(exchange, "ill")
            : Volatile.Read(ref isReady) ? exchange.ReplyAsync("{}")
            : exchange.WriteAsync("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"));
        await using RawServer well = RawServer.Start(PlayAsync);
        await using GatewayScene scene = await SceneAsync(ill, well);
        await scene.SeesAsync(1);

        Assert.Equal("here", await AskAsync(scene));

        Volatile.Write(ref isReady, true);
        await scene.SeesAsync(2);
        Assert.Equal("ill", await AskAsync(scene));
    }

    [Fact]
    public async Task Get_ThroughTheGateway_TheWorkerLearnsWhoAsked()
    {
        await using RawServer worker = RawServer.Start(PlayAsync);
        await using GatewayScene scene = await SceneAsync(worker);

        (Wire wire, WireHead head) = await Wire.AskAsync(
            scene.Gateway, $"GET /ace/getstream?{AContent} HTTP/1.1\r\nHost: tv.example:8000\r\nX-Forwarded-For: 127.66.66.66\r\n\r\n");
        wire.Dispose();

        Assert.Equal(200, head.Status);
        RawRequest request = worker.Requests.Single(IsForAStream);
        Assert.Equal($"/ace/getstream?{AContent}", request.Target);
        Assert.Equal(["127.0.0.1"], request.Header("X-Forwarded-For")); // what the player says of itself is not believed
        Assert.Equal(["tv.example:8000"], request.Header("Host"));
    }

    [Fact]
    public async Task Get_WorkersWhoseIdsDifferInCaseOnly_TheFirstIsUsedAndTheOtherNamedAndTheGatewayGoesOn()
    {
        await using RawServer first = RawServer.Start(PlayAsync);
        await using RawServer namesake = RawServer.Start(PlayAsync);
        await using RawServer third = RawServer.Start(PlayAsync);
        await using GatewayScene scene = await SceneAsync(first);
        var log = new RecordedLog();
        scene.Gateway.Services.GetRequiredService<ILoggerFactory>().AddProvider(log);

        await scene.EnterAsync(GatewayScene.NameOf(0).ToUpperInvariant(), namesake);
        await SafetyNet.EventuallyAsync(() => log.Count($"No player is sent to {GatewayScene.NameOf(0)}:") == 1, () => "nothing is said");
        await scene.EnterAsync("third", third);
        await scene.ListsAsync(2);

        Assert.Equal("here", await AskAsync(scene));
        Assert.DoesNotContain(first.Requests, IsForAStream); // capitals come first
    }

    [Fact]
    public async Task Drain_ViewersOn_TheyGoOnAndNewOnesGoElsewhere()
    {
        await using GatewayScene scene = await GatewayScene.StartAsync(workers: 2);
        ContentScript content = GatewayScene.ContentOf(worker: 0, workers: 2);
        scene.Add(content);
        using Viewer stays = await Viewer.JoinAsync(scene.Gateway, $"id={content.ContentId}");
        await stays.UntilAsync(seen => seen.Bytes > 200_000);

        scene.Drain(0);
        await scene.SeesAsync(1);
        using Viewer comes = await Viewer.JoinAsync(scene.Gateway, $"id={content.ContentId}");
        await comes.UntilAsync(seen => seen.Bytes > 200_000);

        Assert.Equal([1, 1], [scene.ClientsOf(0), scene.ClientsOf(1)]);
        await stays.UntilNewerThanAsync(DateTimeOffset.UtcNow);
        stays.Checker.AssertGapless();
        using HttpResponseMessage ready = await scene.Workers[0].Client.GetAsync("/readyz", Cancellation);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("draining", await ready.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_AWorkerEnds_NewViewersGoToTheOther()
    {
        await using GatewayScene scene = await GatewayScene.StartAsync(workers: 2);
        ContentScript content = GatewayScene.ContentOf(worker: 0, workers: 2);
        scene.Add(content);

        await scene.Workers[0].StopAsync();
        using Viewer viewer = await Viewer.JoinAsync(scene.Gateway, $"id={content.ContentId}");

        await viewer.UntilAsync(seen => seen.Bytes > 200_000);
        Assert.Equal(1, scene.ClientsOf(1));
    }

    [Fact]
    public async Task Redis_KilledAndRestartedEmpty_PlayersGoOnAndNewOnesAreServedAllAlong()
    {
        await using GatewayScene scene = await GatewayScene.StartAsync(workers: 2, ("REDIS_TIMEOUT", "0.2"));
        ContentScript content = GatewayScene.ContentOf(worker: 0, workers: 2);
        scene.Add(content);
        using Viewer before = await Viewer.JoinAsync(scene.Gateway, $"id={content.ContentId}");

        await scene.Redis.KillAsync();
        using Viewer without = await Viewer.JoinAsync(scene.Gateway, $"id={content.ContentId}");
        await without.UntilAsync(seen => seen.Bytes > 200_000);
        await scene.Redis.RestartAsync();
        using Viewer after = await Viewer.JoinAsync(scene.Gateway, $"id={content.ContentId}");
        await after.UntilAsync(seen => seen.Bytes > 200_000);
        await before.UntilNewerThanAsync(DateTimeOffset.UtcNow);

        Assert.Equal([3, 0], [scene.ClientsOf(0), scene.ClientsOf(1)]);
        Assert.All([before, without, after], viewer => viewer.Checker.AssertGapless());
    }

    private static async Task<GatewayScene> SceneAsync(params RawServer[] workers)
    {
        GatewayScene scene = await GatewayScene.StartAsync(workers: 0, LongLived);
        for (int at = 0; at < workers.Length; at++)
        {
            await scene.EnterAsync(GatewayScene.NameOf(at), workers[at]);
        }

        await scene.ListsAsync(workers.Length);
        return scene;
    }

    /// <summary>A content that the hash gives to the first of so many workers.</summary>
    private static string OfTheFirst(int workers) => $"id={GatewayScene.ContentOf(worker: 0, workers).ContentId}";

    private static Task PlayAsync(RawExchange exchange) => PlayAsync(exchange, "here");

    private static Task PlayAsync(RawExchange exchange, string what) =>
        exchange.ReplyAsync(IsForAStream(exchange.Request) ? what : "{}", "video/mp2t");

    private static async Task<string> AskAsync(GatewayScene scene)
    {
        using HttpResponseMessage response = await scene.Gateway.GetAsync(OfTheFirst(2), Cancellation);
        return await response.Content.ReadAsStringAsync(Cancellation);
    }

    private static bool IsForAStream(RawRequest request) => request.Path == "/ace/getstream";
}
