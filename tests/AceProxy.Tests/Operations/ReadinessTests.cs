using System.Net;
using AceProxy.EngineSimulator;
using AceProxy.Tests.Cluster;
using AceProxy.Tests.Functional;

namespace AceProxy.Tests.Operations;

public sealed class ReadinessTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Readyz_EveryEngineDrainedAndBack_Is503WithTheReasonAnd200Again()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        await using RunningProxy worker = await RunningProxy.StartAsync(engine);
        string id = Uri.EscapeDataString(engine.EndPoint.ToString());

        using (await worker.Client.PostAsync($"/api/engines/{id}/drain", null, Cancellation))
        using (HttpResponseMessage without = await worker.Client.GetAsync("/readyz", Cancellation))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, without.StatusCode);
            Assert.Equal("""{"ready":false,"obstacles":["no engine takes sessions"]}""", await without.Content.ReadAsStringAsync(Cancellation));
        }

        using (await worker.Client.PostAsync($"/api/engines/{id}/undrain", null, Cancellation))
        using (HttpResponseMessage again = await worker.Client.GetAsync("/readyz", Cancellation))
        {
            Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        }
    }

    [Fact]
    public async Task Readyz_RedisGoes_Is200WithANoteUntilItIsBack()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        await using RunningProxy worker = await RunningProxy.StartAsync(engine, [.. redis.Settings, ("WORKER_HEARTBEAT", "0.5")]);
        const string Without = """{"ready":true,"obstacles":[],"notes":["Redis is away: this worker serves by itself"]}""";

        await SafetyNet.EventuallyAsync(async () => await AskAsync(worker) == """{"ready":true,"obstacles":[]}""", () => "it has no Redis");
        await redis.KillAsync();
        await SafetyNet.EventuallyAsync(async () => await AskAsync(worker) == Without, () => "it does not tell that Redis is away");
        await redis.RestartAsync();
        await SafetyNet.EventuallyAsync(async () => await AskAsync(worker) == """{"ready":true,"obstacles":[]}""", () => "Redis is not back");
    }

    private static Task<string> AskAsync(RunningProxy worker) => worker.Client.GetStringAsync("/readyz", Cancellation);
}
