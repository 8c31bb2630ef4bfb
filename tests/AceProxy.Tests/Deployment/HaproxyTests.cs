using System.Net;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Tests.Functional;
using AceProxy.Tests.Gateway;

namespace AceProxy.Tests.Deployment;

/// <summary>A real HAProxy with the configuration in <c>deploy/</c>, in the place of the gateway.</summary>
public sealed class HaproxyTests : IAsyncLifetime
{
    private GatewayScene _scene = null!;
    private HaproxyProcess _haproxy = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        ExternalTool.Require("haproxy");
        _scene = await GatewayScene.StartAsync(workers: 2);
        _haproxy = await HaproxyProcess.StartAsync(_scene.Workers[0].Address, _scene.Workers[1].Address);
    }

    public async ValueTask DisposeAsync()
    {
        await _haproxy.DisposeAsync();
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
            viewers.Add(await Viewer.JoinAsync(_haproxy.ByContent, $"id={content.ContentId}"));
            viewers.Add(await Viewer.JoinAsync(_haproxy.ByContent, $"player=x&id={content.ContentId.ToUpperInvariant()}"));
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

        Viewer[] viewers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Viewer.JoinAsync(_haproxy.InTurns, $"id={content.ContentId}")));
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
        using Viewer stays = await Viewer.JoinAsync(_haproxy.ByContent, $"id={content.ContentId}");
        int worker = _scene.ClientsOf(0) == 1 ? 0 : 1;

        _scene.Drain(worker);
        List<Viewer> come = [];
        await SafetyNet.EventuallyAsync( // until the check has failed twice
            () =>
            {
                come.Add(Viewer.JoinAsync(_haproxy.ByContent, $"id={content.ContentId}").GetAwaiter().GetResult());
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
        using (Viewer first = await Viewer.JoinAsync(_haproxy.ByContent, $"id={content.ContentId}"))
        {
            await first.UntilAsync(seen => seen.Bytes > 50_000);
        }

        await _scene.Workers[0].StopAsync();
        for (int time = 0; time < 3; time++)
        {
            using HttpResponseMessage response = await _haproxy.ByContent.GetAsync(
                $"/ace/getstream?id={content.ContentId}", HttpCompletionOption.ResponseHeadersRead, Cancellation);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
    }
}
