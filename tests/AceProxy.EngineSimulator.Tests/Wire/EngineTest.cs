using AceProxy.EngineSimulator.Broadcasting;
using AceProxy.EngineSimulator.Contents;

namespace AceProxy.EngineSimulator.Tests.Wire;

/// <summary>An engine with the demo channel and a second content, for one test.</summary>
public abstract class EngineTest : IAsyncLifetime
{
    public const string OtherId = "00000000000000000000000000000000000000a1";
    public const string OtherInfohash = "00000000000000000000000000000000000000b2";

    protected SimulatedEngine Engine { get; private set; } = null!;

    protected SimulatedContent Demo { get; private set; } = null!;

    protected SimulatedContent Other { get; private set; } = null!;

    protected virtual SimulatorOptions Options => new();

    public async ValueTask InitializeAsync()
    {
        Engine = await SimulatedEngine.StartAsync(Options);
        Demo = Engine.Add(DemoContent.Script);
        Other = Engine.Add(new ContentScript
        {
            ContentId = OtherId,
            Infohash = OtherInfohash,
            TransportUrl = "http://example.test/other.torrent",
            Broadcast = new StampedBroadcast(2_000_000, TimeSpan.FromSeconds(1)),
        });
    }

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected Task UntilAsync(Func<SimulatedEngine, bool> condition) =>
        Engine.WaitUntilAsync(condition, Client.Patience, TestContext.Current.CancellationToken);
}
