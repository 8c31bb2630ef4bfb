using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;

namespace AceProxy.Tests.Functional;

/// <summary>Engines keep connections open that they were asked to close; none of them may be used again, or kept.</summary>
public sealed class EngineConnectionTests
{
    [Fact]
    public async Task Session_FromResolvingToStop_UsesAConnectionForEachRequestAndLeavesNoneOpen()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped());
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine, ("PROXY_GRACE_PERIOD", "0"));

        using (Viewer viewer = await Viewer.JoinAsync(proxy, $"id={content.ContentId}"))
        {
            await viewer.UntilAsync(checker => checker.Packets > 100);
        }

        await proxy.SettledAsync(engine);
        string[] paths = [.. engine.Requests.Select(request => request.Target.Split('/', '?') is [_, var first, var second, ..] ? $"{first}/{second}" : "")];
        Assert.Equal(["server/api", "ace/getstream", "ace/r", $"content/{content.Infohash}", "ace/cmd"], paths);
        Assert.Equal(paths.Length, engine.Requests.Select(request => request.ConnectionId).Distinct().Count());
        Assert.All(engine.Requests, request => Assert.Equal("close", request.Headers["Connection"]));
    }
}
