using System.Diagnostics;
using System.Globalization;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Tests.Functional;

namespace AceProxy.Tests.Hosting;

/// <summary>The program as a process of its own, told to stop with viewers on.</summary>
public sealed class TerminationTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("on")]
    [InlineData("off")]
    public async Task Sigterm_ViewersOn_EndsTheirResponsesStopsTheSessionAndExitsWithZero(string directSending)
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped());
        using ProgramProcess program = await ProgramProcess.StartAsync(engine, ("DIRECT_SENDING", directSending));
        Wire[] viewers = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => WatchAsync(program.Address, content)));
        long told = Stopwatch.GetTimestamp();
        using (var kill = Process.Start("kill", ["-TERM", program.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync(Cancellation);
        }

        foreach (Wire viewer in viewers)
        {
            while (await viewer.ReadChunkAsync() is not null)
            {
                // to the last, empty chunk: cut off, this would throw
            }

            viewer.Dispose();
        }

        Assert.Equal(0, await program.EndedAsync());
        TestContext.Current.TestOutputHelper?.WriteLine($"gone {Stopwatch.GetElapsedTime(told).TotalMilliseconds:0} ms after SIGTERM");
        Assert.Equal(1, Assert.Single(engine.Sessions).StopCount);
        Assert.Equal(0, engine.OpenSessionCount);
    }

    [Fact]
    public async Task Sigkill_ViewersOnAndStartedAgainOnTheSamePort_PlaysAsIfNothingHadBeen()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped());
        (string, string) address = ("ASPNETCORE_URLS", $"http://127.0.0.1:{LoopbackPorts.TakeOne()}");
        ProgramProcess killed = await ProgramProcess.StartAsync(engine, address);
        using (killed)
        {
            Wire[] viewers = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => WatchAsync(killed.Address, content)));
            await killed.KillAsync();
            Array.ForEach(viewers, viewer => viewer.Dispose());
        }

        using ProgramProcess next = await ProgramProcess.StartAsync(engine, address);
        Wire[] again = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => WatchAsync(next.Address, content)));
        Array.ForEach(again, viewer => viewer.Dispose());

        Assert.Equal(killed.Address, next.Address);
        Assert.Equal(2, engine.SessionsOpened); // one each: what was left at the engine is not in the way
    }

    private static async Task<Wire> WatchAsync(Uri address, SimulatedContent content)
    {
        Wire wire = await Wire.ConnectAsync(address);
        await wire.SendAsync($"GET /ace/getstream?id={content.ContentId} HTTP/1.1\r\nHost: proxy\r\n\r\n");
        Assert.Equal(200, (await wire.ReadHeadAsync()).Status);
        for (int chunk = 0; chunk < 5; chunk++)
        {
            Assert.NotNull(await wire.ReadChunkAsync());
        }

        return wire;
    }
}
