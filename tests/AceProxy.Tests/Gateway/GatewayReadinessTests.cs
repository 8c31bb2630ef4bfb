using System.Net;
using System.Text.Json.Nodes;
using AceProxy.EngineSimulator;
using AceProxy.Tests.Cluster;
using AceProxy.Tests.Functional;

namespace AceProxy.Tests.Gateway;

/// <summary>A gateway's <c>/readyz</c>, with worker processes that are killed while Redis still lists them.</summary>
public sealed class GatewayReadinessTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Readyz_ListedWorkersAreKilled_NamesThemAndIs503WhileNoneIsWell()
    {
        await using GatewayScene scene = await GatewayScene.StartAsync(workers: 0, ("WORKER_HEARTBEAT", "60")); // it believes in workers for five minutes
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        int[] ports = LoopbackPorts.Take(2);
        await using WorkerProcess first = await StartAsync(0);
        await using WorkerProcess second = await StartAsync(1);
        await scene.ListsAsync(2);
        await ReadsAsync("""{"ready":true,"obstacles":[]}""");

        await first.KillAsync();
        await ReadsAsync("""{"ready":true,"obstacles":[],"notes":["workers that are not well get no players: worker-1"]}""");

        await second.KillAsync();
        await ReadsAsync("""{"ready":false,"obstacles":["no worker is well, of worker-1, worker-2"]}""");

        await using WorkerProcess again = await StartAsync(0);
        await ReadsAsync("""{"ready":true,"obstacles":[],"notes":["workers that are not well get no players: worker-2"]}""");

        Task<WorkerProcess> StartAsync(int worker)
        {
            string address = $"http://127.0.0.1:{ports[worker]}";
            return WorkerProcess.StartAsync(
                GatewayScene.NameOf(worker), scene.Redis, engine, ("ASPNETCORE_URLS", address), ("WORKER_ADDRESS", address));
        }

        async Task ReadsAsync(string expected)
        {
            string read = "";
            HttpStatusCode status = default;
            await SafetyNet.EventuallyAsync(
                async () =>
                {
                    using HttpResponseMessage response = await scene.Gateway.Client.GetAsync("/readyz", Cancellation);
                    (status, read) = (response.StatusCode, await response.Content.ReadAsStringAsync(Cancellation));
                    return read == expected;
                },
                () => $"{read} instead of {expected}");
            Assert.Equal((bool)JsonNode.Parse(expected)!["ready"]! ? HttpStatusCode.OK : HttpStatusCode.ServiceUnavailable, status);
        }
    }
}
