using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Tests.Functional;

namespace AceProxy.Tests.Gates;

/// <summary>
/// What a chunk leaves to the garbage collector in the whole process, on every thread: the program, and beside it the stand-in engine, which
/// allocates with the pieces it sends and not with who watches.
/// </summary>
[Collection(nameof(GatesCollection))]
public sealed class ProcessAllocationTests
{
    private const int Chunks = 60;

    /// <summary>Beyond this a chunk allocates for its clients: measured 0.5, and 1171 by the response writer.</summary>
    private const double MostBytesForClients = 10;

    /// <summary>
    /// For all of it, the stand-in included: measured 3500, up to 7500 on a machine that was very busy with other things, and 240,000 by the
    /// response writer.
    /// </summary>
    private const double MostBytes = 14_000;

    [Fact]
    public async Task Allocation_SentDirectly_IsTheSameForOneOrMany()
    {
        double one = await AllocatedAsync("on", 1);
        double many = await AllocatedAsync("on", GateLoad.Players);

        double each = (many - one) / (GateLoad.Players - 1);
        TestContext.Current.TestOutputHelper?.WriteLine($"{one:0} bytes a chunk for one, {many:0} for {GateLoad.Players}: {each:0.0} a client more");
        Assert.True(each <= MostBytesForClients, $"{each} bytes a chunk and client");
        Assert.InRange(many, 0, MostBytes);
    }

    [Fact]
    public async Task Allocation_ByTheResponseWriter_IsBeyondTheBudget()
    {
        double one = await AllocatedAsync("off", 1);
        double many = await AllocatedAsync("off", GateLoad.Players);

        double each = (many - one) / (GateLoad.Players - 1);
        TestContext.Current.TestOutputHelper?.WriteLine($"{one:0} bytes a chunk for one, {many:0} for {GateLoad.Players}: {each:0.0} a client more");
        Assert.True(each > MostBytesForClients && many > MostBytes, $"{each} bytes a chunk and client: the budget does not tell the ways apart");
    }

    private static async Task<double> AllocatedAsync(string way, int players)
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(GateLoad.Content());
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine, GateLoad.Settings(way));
        using Audience audience = Audience.Join(proxy.Address, content.ContentId, players);
        await GateLoad.SettleAsync(audience);
        long bytes = audience.LeastBytes;
        long before = GC.GetTotalAllocatedBytes(precise: true);
        long enough = bytes + (Chunks * GateLoad.ChunkOnTheWire);
        await SafetyNet.EventuallyAsync(() => audience.LeastBytes >= enough, () => "the stream stands still");
        long allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        return allocated / ((double)(audience.LeastBytes - bytes) / GateLoad.ChunkOnTheWire);
    }
}
