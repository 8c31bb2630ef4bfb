using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Tests.Functional;
using AceProxy.Tests.Gateway;

namespace AceProxy.Tests.Deployment;

/// <summary>A real HAProxy with the configuration in <c>deploy/</c>, in the place of the gateway.</summary>
public sealed class HaproxyTests : IAsyncLifetime
{
    private GatewayScene _scene = null!;
    private Process _haproxy = null!;
    private HttpClient _byContent = null!;
    private HttpClient _inTurns = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        ExternalTool.Require("haproxy");
        _scene = await GatewayScene.StartAsync(workers: 2);
        int[] ports = LoopbackPorts.Take(2);
        var start = new ProcessStartInfo("haproxy", ["-db", "-f", Deploy.PathOf("deploy/haproxy.cfg")]);
        start.Environment["WORKER_1"] = _scene.Workers[0].Address.Authority;
        start.Environment["WORKER_2"] = _scene.Workers[1].Address.Authority;
        start.Environment["BY_CONTENT"] = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{ports[0]}");
        start.Environment["IN_TURNS"] = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{ports[1]}");
        _haproxy = Process.Start(start)!;
        _byContent = Deploy.ClientOf(new Uri($"http://{start.Environment["BY_CONTENT"]}"));
        _inTurns = Deploy.ClientOf(new Uri($"http://{start.Environment["IN_TURNS"]}"));
        await SafetyNet.EventuallyAsync(() => Array.TrueForAll(ports, Listens), () => $"haproxy does not listen ({_haproxy.HasExited})");
    }

    public async ValueTask DisposeAsync()
    {
        _byContent.Dispose();
        _inTurns.Dispose();
        _haproxy.Kill();
        await _haproxy.WaitForExitAsync(CancellationToken.None);
        _haproxy.Dispose();
        await _scene.DisposeAsync();
    }

    [Fact]
    public async Task ByContent_ViewersOfOneContent_MeetOnOneWorkerAndContentsAreSpread()
    {
        int[] contents = new int[2];
        List<Viewer> viewers = [];
        for (int number = 1; number <= 10; number++)
        {
            ContentScript content = Contents.Stamped(number, bitsPerSecond: 500_000);
            _scene.Add(content);
            int[] before = [_scene.ClientsOf(0), _scene.ClientsOf(1)];
            viewers.Add(await Viewer.JoinAsync(_byContent, $"id={content.ContentId}"));
            viewers.Add(await Viewer.JoinAsync(_byContent, $"player=x&id={content.ContentId.ToUpperInvariant()}"));
            int[] joined = [_scene.ClientsOf(0) - before[0], _scene.ClientsOf(1) - before[1]];
            Assert.Equal([0, 2], joined.Order());
            contents[joined[0] == 2 ? 0 : 1]++;
        }

        await Task.WhenAll(viewers.Select(viewer => viewer.UntilAsync(seen => seen.Bytes > 100_000)));

        Assert.DoesNotContain(0, contents);
        Assert.All(viewers, viewer => viewer.Checker.AssertGapless());
        viewers.ForEach(viewer => viewer.Dispose());
    }

    [Fact]
    public async Task InTurns_ViewersOfOneContent_AreServedByBothWorkers()
    {
        ContentScript content = Contents.Stamped();
        _scene.Add(content);

        Viewer[] viewers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Viewer.JoinAsync(_inTurns, $"id={content.ContentId}")));
        await Task.WhenAll(viewers.Select(viewer => viewer.UntilAsync(seen => seen.Bytes > 500_000)));

        Assert.Equal([3, 3], [_scene.ClientsOf(0), _scene.ClientsOf(1)]);
        Assert.All(viewers, viewer => viewer.Checker.AssertGapless());
        Array.ForEach(viewers, viewer => viewer.Dispose());
    }

    [Fact]
    public async Task Drain_ViewersOn_TheyGoOnAndNewOnesGoElsewhere()
    {
        ContentScript content = Contents.Stamped();
        _scene.Add(content);
        using Viewer stays = await Viewer.JoinAsync(_byContent, $"id={content.ContentId}");
        int worker = _scene.ClientsOf(0) == 1 ? 0 : 1;

        _scene.Drain(worker);
        List<Viewer> come = [];
        await SafetyNet.EventuallyAsync( // until the check has failed twice
            () =>
            {
                come.Add(Viewer.JoinAsync(_byContent, $"id={content.ContentId}").GetAwaiter().GetResult());
                return _scene.ClientsOf(1 - worker) > 0;
            },
            () => "a draining worker gets all new players");

        await stays.UntilNewerThanAsync(DateTimeOffset.UtcNow);
        stays.Checker.AssertGapless();
        come.ForEach(viewer => viewer.Dispose());
    }

    [Fact]
    public async Task Stop_AWorkerEnds_NewViewersAreServedAllAlong()
    {
        ContentScript content = Contents.Stamped();
        _scene.Add(content);
        using (Viewer first = await Viewer.JoinAsync(_byContent, $"id={content.ContentId}"))
        {
            await first.UntilAsync(seen => seen.Bytes > 50_000);
        }

        await _scene.Workers[0].StopAsync();
        for (int time = 0; time < 3; time++)
        {
            using HttpResponseMessage response = await _byContent.GetAsync(
                $"/ace/getstream?id={content.ContentId}", HttpCompletionOption.ResponseHeadersRead, Cancellation);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
    }

    private static bool Listens(int port)
    {
        try
        {
            using var client = new TcpClient();
            client.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
