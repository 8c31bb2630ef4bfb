using System.Text.Json;
using AceProxy.Tests.Functional;
using AceProxy.Tests.Operations;

namespace AceProxy.Tests.Gateway;

/// <summary>The API through a gateway: any worker answers for all.</summary>
public sealed class AdminApiTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Events_WorkerBehindTheGatewayEnds_GoOnAtTheNextFromLastEventId()
    {
        await using GatewayScene scene = await GatewayScene.StartAsync(workers: 2);
        EventReader events = await EventReader.OpenAsync(scene.Gateway.Client, "0-0", "kind=worker-joined,worker-left");
        await events.NextAsync("worker-joined");
        await events.NextAsync("worker-joined");

        await scene.Workers[0].StopAsync(); // which most likely is the one that is read
        JsonElement? left = null;
        while (left is null)
        {
            try
            {
                left = await events.NextAsync("worker-left");
            }
            catch (Exception exception) when (exception is IOException or HttpRequestException)
            {
                string last = events.LastId;
                events.Dispose();
                events = await EventReader.OpenAsync(scene.Gateway.Client, last, "kind=worker-left");
            }
        }

        Assert.Equal(GatewayScene.NameOf(0), left.Value.GetProperty("worker").GetString());
        events.Dispose();
    }

    [Fact]
    public async Task Workers_ThroughTheGateway_AreAll()
    {
        await using GatewayScene scene = await GatewayScene.StartAsync(workers: 2);

        await SafetyNet.EventuallyAsync(
            async () => JsonElement.Parse(await scene.Gateway.Client.GetStringAsync("/api/workers", Cancellation)).GetProperty("workers").GetArrayLength() == 2,
            () => "not all are listed");
    }
}
