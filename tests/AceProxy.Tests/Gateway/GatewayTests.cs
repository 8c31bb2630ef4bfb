using System.Net;
using System.Text;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Gateway;
using AceProxy.Tests.Functional;

namespace AceProxy.Tests.Gateway;

/// <summary>Where players are sent, on real workers, Redis and sockets.</summary>
public sealed class GatewayTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Get_ViewersOfOneContent_MeetOnTheWorkerOfItsHash()
    {
        await using GatewayScene scene = await GatewayScene.StartAsync(workers: 3);
        ContentScript content = GatewayScene.ContentOf(worker: 1, workers: 3);
        scene.Add(content);

        Viewer[] viewers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Viewer.JoinAsync(scene.Gateway, $"id={content.ContentId}")));
        await Task.WhenAll(viewers.Select(viewer => viewer.UntilAsync(seen => seen.Bytes > 500_000)));

        Assert.Equal([0, 8, 0], Enumerable.Range(0, 3).Select(scene.ClientsOf));
        Assert.All(viewers, viewer => viewer.Checker.AssertGapless());
        Assert.All(viewers, viewer => Assert.True(viewer.Checker.BeganAtRandomAccess));
        await LeaveAsync(scene, viewers);
    }

    [Fact]
    public async Task Get_StreamOrEvents_GoOnForLongerThanAnAnswerMayTake()
    {
        await using GatewayScene scene = await GatewayScene.StartAsync(workers: 1, ("ANSWER_TIMEOUT", "1"));
        ContentScript content = Contents.Stamped();
        scene.Add(content);
        using Viewer viewer = await Viewer.JoinAsync(scene.Gateway, $"id={content.ContentId}");
        using Stream events = await scene.Gateway.Client.GetStreamAsync("/api/events", Cancellation);

        await viewer.UntilNewerThanAsync(DateTimeOffset.UtcNow + TimeSpan.FromSeconds(2));

        viewer.Checker.AssertGapless();
        Viewer another = await Viewer.JoinAsync(scene.Gateway, $"id={content.ContentId}");
        another.Dispose();
        await events.ReadExactlyAsync(new byte[100], Cancellation);
    }

    [Fact]
    public async Task Get_ManyContents_EachGoesWhereItsHashSays()
    {
        await using GatewayScene scene = await GatewayScene.StartAsync(workers: 2);
        int[] expected = new int[2];
        List<Viewer> viewers = [];
        for (int number = 1; number <= 10; number++)
        {
            ContentScript content = Contents.Stamped(number, bitsPerSecond: 500_000);
            scene.Add(content);
            string query = number % 2 == 0 ? $"id={content.ContentId}" : $"infohash={content.Infohash}";
            string key = number % 2 == 0 ? content.ContentId : content.Infohash;
            expected[Placement.Choose(key, [(GatewayScene.NameOf(0), 0), (GatewayScene.NameOf(1), 0)], new LoadBound(0))]++;
            viewers.Add(await Viewer.JoinAsync(scene.Gateway, query));
        }

        Assert.DoesNotContain(0, expected);
        Assert.Equal(expected, Enumerable.Range(0, 2).Select(scene.ClientsOf));
        await LeaveAsync(scene, [.. viewers]);
    }

    [Fact]
    public async Task Get_MoreThanAWorkerMayTake_TheNextByHashTakesTheRest()
    {
        await using GatewayScene scene = await GatewayScene.StartAsync(workers: 2, ("GATEWAY_MAX_LOAD", "3"));
        ContentScript content = GatewayScene.ContentOf(worker: 0, workers: 2);
        scene.Add(content);

        List<Viewer> viewers = [];
        for (int viewer = 0; viewer < 5; viewer++)
        {
            // One after the other: who is placed in the same instant on another core is not counted yet.
            viewers.Add(await Viewer.JoinAsync(scene.Gateway, $"id={content.ContentId}"));
        }

        Assert.Equal([3, 2], Enumerable.Range(0, 2).Select(scene.ClientsOf));
        await Task.WhenAll(viewers.Select(viewer => viewer.UntilAsync(seen => seen.Bytes > 300_000)));
        Assert.All(viewers, viewer => viewer.Checker.AssertGapless());
        await LeaveAsync(scene, [.. viewers]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("id=1234")]
    [InlineData("id=c000000000000000000000000000000000000001&infohash=1f00000000000000000000000000000000000001")]
    [InlineData("magnet=nonsense")]
    public async Task Get_MalformedSelector_IsRefusedByTheGatewayWithTheWorkersWords(string query)
    {
        await using GatewayScene scene = await GatewayScene.StartAsync(workers: 1);
        using HttpResponseMessage ofWorker = await scene.Workers[0].GetAsync(query, Cancellation);

        using HttpResponseMessage ofGateway = await scene.Gateway.GetAsync(query, Cancellation);

        Assert.Equal(HttpStatusCode.BadRequest, ofGateway.StatusCode);
        Assert.Equal(await ofWorker.Content.ReadAsStringAsync(Cancellation), await ofGateway.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal("application/problem+json", ofGateway.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task Get_NoWorkers_Is503WithRetryAfterAndNotReady()
    {
        await using GatewayScene scene = await GatewayScene.StartAsync(workers: 0);

        using HttpResponseMessage refused = await scene.Gateway.GetAsync("id=c000000000000000000000000000000000000001", Cancellation);
        using HttpResponseMessage ready = await scene.Gateway.Client.GetAsync("/readyz", Cancellation);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Equal("application/problem+json", refused.Content.Headers.ContentType!.MediaType);
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("no worker is there", await ready.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.Equal("ok\n", await scene.Gateway.Client.GetStringAsync("/healthz", Cancellation));
    }

    [Fact]
    public async Task Get_Playing_WorkerAndGatewayAreReady()
    {
        await using GatewayScene scene = await GatewayScene.StartAsync(workers: 1);

        Assert.Equal("""{"ready":true,"obstacles":[]}""", await scene.Gateway.Client.GetStringAsync("/readyz", Cancellation));
        Assert.Equal("""{"ready":true,"obstacles":[]}""", await scene.Workers[0].Client.GetStringAsync("/readyz", Cancellation));
    }

    [Fact]
    public async Task Get_APlayerLeaves_TheWorkerKnowsAtOnce()
    {
        await using GatewayScene scene = await GatewayScene.StartAsync(workers: 1);
        SimulatedContent content = scene.Add(Contents.Stamped(bitsPerSecond: 200_000)).Single();
        Viewer viewer = await Viewer.JoinAsync(scene.Gateway, $"id={content.ContentId}");
        await viewer.UntilAsync(seen => seen.Bytes > 30_000);

        viewer.Dispose();

        await scene.Workers[0].SettledAsync(scene.Engines[0]);
    }

    [Fact]
    public async Task Get_AsEveryPlayerAsks_TheContractHoldsThroughTheGateway()
    {
        await using GatewayScene scene = await GatewayScene.StartAsync(workers: 1);
        SimulatedContent content = scene.Add(Contents.Stamped()).Single();
        string path = $"/ace/getstream?id={content.ContentId}";

        (Wire vlc, WireHead playing) = await Wire.AskAsync(scene.Gateway, $"GET {path} HTTP/1.1\r\nHost: tv:8000\r\nRange: bytes=0-\r\n\r\n");
        (Wire old, WireHead closing) = await Wire.AskAsync(scene.Gateway, $"GET {path} HTTP/1.0\r\n\r\n");
        (Wire kodi, WireHead asked) = await Wire.AskAsync(scene.Gateway, $"HEAD {path} HTTP/1.1\r\nHost: tv:8000\r\n\r\n");
        using (vlc)
        using (old)
        using (kodi)
        {
            Assert.All([playing, closing, asked], head => Assert.Equal(200, head.Status));
            Assert.All([playing, closing, asked], head => Assert.Equal("video/mp2t", head["Content-Type"]));
            Assert.All([playing, closing, asked], head => Assert.Equal("none", head["Accept-Ranges"]));
            Assert.Equal("chunked", playing["Transfer-Encoding"]);
            Assert.Null(closing["Transfer-Encoding"]);
            Assert.Equal(0x47, (await vlc.ReadChunkAsync())![0]);
            Assert.Equal(0x47, (await old.ReadExactlyAsync(188))[0]);
        }
    }

    [Fact]
    public async Task Get_RedirectMode_SendsThePlayerToTheWorkerAndNothingThroughTheGateway()
    {
        await using GatewayScene scene = await GatewayScene.StartAsync(workers: 2, ("GATEWAY_MODE", "redirect"), ("GATEWAY_MAX_LOAD", "4"));
        ContentScript content = GatewayScene.ContentOf(worker: 1, workers: 2);
        scene.Add(content);
        string path = $"/ace/getstream?id={content.ContentId}&player=a%20b";

        (Wire wire, WireHead head) = await Wire.AskAsync(scene.Gateway, $"GET {path} HTTP/1.1\r\nHost: tv\r\n\r\n");
        (Wire other, WireHead asked) = await Wire.AskAsync(scene.Gateway, $"HEAD {path} HTTP/1.1\r\nHost: tv\r\n\r\n");
        wire.Dispose();
        other.Dispose();
        Viewer[] viewers = [await Join(), await Join(), await Join(), await Join()]; // with the one who did not follow, five
        await Task.WhenAll(viewers.Select(viewer => viewer.UntilAsync(seen => seen.Bytes > 300_000)));

        Assert.Equal(302, head.Status);
        Assert.Equal($"{scene.Workers[1].Address.GetLeftPart(UriPartial.Authority)}{path}", head["Location"]);
        Assert.Equal("no-store", head["Cache-Control"]);
        Assert.Equal(200, asked.Status);
        Assert.Equal([1, 3], Enumerable.Range(0, 2).Select(scene.ClientsOf).Order());
        Assert.All(scene.Destinations, destination => Assert.Equal(0, destination.ConcurrentRequestCount));
        Assert.All(viewers, viewer => viewer.Checker.AssertGapless());
        await LeaveAsync(scene, viewers);

        Task<Viewer> Join() => Viewer.JoinAsync(scene.Gateway, $"id={content.ContentId}");
    }

    [Theory]
    [InlineData("", "127.0.0.1")]
    [InlineData("10.0.0.0/8", "127.0.0.1")]
    [InlineData("127.66.0.0/16, 127.0.0.1", "127.66.66.66")]
    public async Task Get_ForwardedByAnother_OnlyWhoIsTrustedIsBelieved(string trusted, string expected)
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped());
        await using RunningProxy worker = await RunningProxy.StartAsync(engine, ("TRUSTED_PROXIES", trusted));

        (Wire wire, WireHead head) = await Wire.AskAsync(
            worker, $"GET /ace/getstream?id={content.ContentId} HTTP/1.1\r\nHost: tv\r\nX-Forwarded-For: 127.66.66.66\r\n\r\n");
        using (wire)
        {
            Assert.Equal(200, head.Status);
            Assert.Equal(expected, Assert.Single(Assert.Single(worker.Streams.All()).Clients).Address);
        }
    }

    [Fact]
    public async Task Get_OtherPaths_GoToAWorker()
    {
        await using GatewayScene scene = await GatewayScene.StartAsync(2, [], [("TRUSTED_PROXIES", "127.0.0.1")]);

        using HttpResponseMessage streams = await scene.Gateway.Client.GetAsync("/api/streams", Cancellation);
        using var body = new StringContent("x", Encoding.UTF8);
        using HttpResponseMessage post = await scene.Gateway.Client.PostAsync("/ace/getstream?id=", body, Cancellation);

        Assert.Equal("""{"streams":[],"unanswered":[],"note":null}""", await streams.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, post.StatusCode);
    }

    private static async Task LeaveAsync(GatewayScene scene, Viewer[] viewers)
    {
        foreach (Viewer viewer in viewers)
        {
            viewer.Dispose();
        }

        for (int worker = 0; worker < scene.Workers.Length; worker++)
        {
            await scene.Workers[worker].SettledAsync(scene.Engines[worker]);
        }
    }
}
