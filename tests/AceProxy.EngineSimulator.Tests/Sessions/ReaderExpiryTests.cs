using AceProxy.EngineSimulator.Sessions;
using AceProxy.EngineSimulator.Tests.Wire;

namespace AceProxy.EngineSimulator.Tests.Sessions;

public sealed class ReaderExpiryTests : EngineTest
{
    protected override SimulatorOptions Options => new() { ReaderExpiry = TimeSpan.FromSeconds(3), IdleExpiry = TimeSpan.FromSeconds(30) };

    [Fact]
    public async Task Session_ReaderGetsNothing_Expires()
    {
        Demo.Update(script => script with { Silent = true });
        using var reader = (await Client.PlayAsync(Engine, await Client.StartAsync(Engine))).Connection;

        await UntilAsync(engine => engine.Sessions[0].State == SessionState.Expired && engine.ReaderCount == 0);
    }

    [Fact]
    public async Task Session_ReaderGetsSomethingNowAndThen_Lives()
    {
        using var reader = await Client.WatchAsync(Engine);
        var begin = DateTimeOffset.UtcNow;
        while (DateTimeOffset.UtcNow - begin < TimeSpan.FromSeconds(5))
            await reader.ReadChunkAsync();

        Assert.Equal(SessionState.Open, Engine.Sessions[0].State);
    }
}
