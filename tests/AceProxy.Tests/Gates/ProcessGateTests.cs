using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Tests.Functional;
using AceProxy.Tests.Hosting;

namespace AceProxy.Tests.Gates;

/// <summary>
/// What one chunk costs the real process at a fixed load, in counts that do not depend on the clock. The response writer's way is the
/// control: it is beyond every budget, so the budgets tell the two apart.
/// </summary>
[Collection(nameof(GatesCollection))]
public sealed class ProcessGateTests
{
    private const int Chunks = 60;

    /// <summary>One each; a few more for a socket that was full for once.</summary>
    private const double MostSends = 1.05;

    /// <summary>Clients that are catching up are copied for.</summary>
    private const double MostCopies = 0.05;

    /// <summary>
    /// Reading the engine, timers, memory of the compiler: measured 34 to 40, and 73 once where other suites ran beside it. By the response writer
    /// it is 57 to 330, the more the idler the machine, so that its control is the copies.
    /// </summary>
    private const double MostOtherCalls = 110;

    /// <summary>Measured 12, and 48 once on a machine that was very busy with other things; the control's are 110, the fewer the busier it is.</summary>
    private const double MostSwitches = 70;

    /// <summary>How often a thread of the pool looks for work before it sleeps, hexadecimal: the runtime's default, which the program turns off.</summary>
    private static readonly (string Name, string Value) Spinning = ("DOTNET_ThreadPool_UnfairSemaphoreSpinLimit", "46");

    [Fact]
    public async Task SystemCalls_SentDirectly_OneAChunkAndClientAndFewBeside()
    {
        ExternalTool.Require("strace");
        (double sends, double copies, double others) = await SystemCallsAsync("on");

        Assert.InRange(sends, 0.95, MostSends);
        Assert.InRange(copies, 0, MostCopies);
        Assert.InRange(others, 0, MostOtherCalls);
    }

    [Fact]
    public async Task SystemCalls_ByTheResponseWriter_AreBeyondTheBudget()
    {
        ExternalTool.Require("strace");
        (_, double copies, _) = await SystemCallsAsync("off");

        Assert.True(copies > MostCopies, $"{copies} copies a chunk and client: the budget does not tell the ways apart");
    }

    /// <summary>The control: threads that look around before they sleep switch far more than any way of sending.</summary>
    [Fact]
    public async Task ContextSwitches_SentDirectly_AreFewAndLessThanHalfOfTheControls()
    {
        double direct = await SwitchesAsync("on");
        double control = await SwitchesAsync("off", Spinning);

        Assert.InRange(direct, 0, MostSwitches);
        Assert.True(control > 2 * direct, $"{control} a chunk, and {direct} directly: the count does not tell the ways apart");
    }

    private static Task<(double Sends, double Copies, double Others)> SystemCallsAsync(string way) => WatchedAsync(GateLoad.Settings(way), async (program, audience) =>
    {
        SystemCalls calls = await SystemCalls.OfAsync(program.Id, () => audience.TakesAsync(Chunks * GateLoad.ChunkOnTheWire));
        double chunks = (double)calls.SentBytes / audience.Count / GateLoad.ChunkOnTheWire;
        double each = chunks * audience.Count;
        (double sends, double copies, double others) = (calls.SendCount / each, calls.CopyingSendCount / each, calls.OtherCount / chunks);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{chunks:0} chunks to {audience.Count}: {sends:0.000} sends a chunk and client, {copies:0.000} of them copy, {others:0.0} other calls a chunk; {calls}");
        Assert.InRange(chunks, Chunks / 2, Chunks * 20); // strace sees nearly all of it, and a little more
        return (sends, copies, others);
    });

    private static Task<double> SwitchesAsync(string way, params (string Name, string Value)[] more) =>
        WatchedAsync([.. GateLoad.Settings(way), .. more], async (program, audience) =>
    {
        long started = TimeProvider.System.GetTimestamp();
        (long before, long bytes) = (program.ContextSwitches, audience.LeastBytes);
        await audience.TakesAsync(Chunks * GateLoad.ChunkOnTheWire);
        long switches = program.ContextSwitches - before;
        double chunks = (double)(audience.LeastBytes - bytes) / GateLoad.ChunkOnTheWire;
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{switches / chunks:0.0} context switches a chunk to {audience.Count}, "
            + $"{switches / TimeProvider.System.GetElapsedTime(started).TotalSeconds:0} a second");
        return switches / chunks;
    });

    private static async Task<T> WatchedAsync<T>(
        (string Name, string Value)[] settings, Func<ProgramProcess, Audience, Task<T>> measure)
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(GateLoad.Content());
        using ProgramProcess program = await ProgramProcess.StartAsync(engine, settings);
        using Audience audience = Audience.Join(program.Address, content.ContentId, GateLoad.Players);
        await GateLoad.SettleAsync(audience);
        return await measure(program, audience);
    }
}
