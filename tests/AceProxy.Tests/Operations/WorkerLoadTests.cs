using System.Text.Json;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Tests.Functional;

namespace AceProxy.Tests.Operations;

/// <summary>What a worker says that it does.</summary>
public sealed class WorkerLoadTests
{
    [Fact]
    public async Task BytesPerSecond_AloneWithAPlayer_IsWhatItTakesAndThenNothing()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped());
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine, ("WORKER_HEARTBEAT", "0.5"));
        Assert.Equal(0, await RateAsync(proxy));
        using (Viewer viewer = await Viewer.JoinAsync(proxy, $"infohash={content.Infohash}"))
        {
            await SafetyNet.EventuallyAsync(
                async () =>
                {
                    await viewer.UntilNewerThanAsync(DateTimeOffset.UtcNow);
                    return await RateAsync(proxy) > 0;
                },
                () => "it says that nobody takes anything");
        }

        await SafetyNet.EventuallyAsync(async () => await RateAsync(proxy) == 0, () => "it says that somebody is left");
    }

    private static async Task<long> RateAsync(RunningProxy proxy)
    {
        using JsonDocument list = JsonDocument.Parse(await proxy.Client.GetStringAsync("/api/workers", TestContext.Current.CancellationToken));
        return list.RootElement.GetProperty("workers")[0].GetProperty("bytes_per_second").GetInt64();
    }
}
