using System.Diagnostics;
using System.Globalization;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Hosting;
using AceProxy.Tests.Functional;

namespace AceProxy.Tests.Hosting;

/// <summary>The program as a process of its own, told to stop with viewers on.</summary>
public sealed class TerminationTests
{
    private const string Listening = "Now listening on: ";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("on")]
    [InlineData("off")]
    public async Task Sigterm_ViewersOn_EndsTheirResponsesStopsTheSessionAndExitsWithZero(string directSending)
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped());
        using Process program = Start(engine, directSending);
        try
        {
            var address = new Uri(await ListeningAsync(program));
            Wire[] viewers = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => WatchAsync(address, content)));
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

            await program.WaitForExitAsync(Cancellation).WaitAsync(SafetyNet.Limit, Cancellation);
            TestContext.Current.TestOutputHelper?.WriteLine($"gone {Stopwatch.GetElapsedTime(told).TotalMilliseconds:0} ms after SIGTERM");
            Assert.Equal(0, program.ExitCode);
            Assert.Equal(1, Assert.Single(engine.Sessions).StopCount);
            Assert.Equal(0, engine.OpenSessionCount);
        }
        finally
        {
            program.Kill(); // does nothing to one that has ended
        }
    }

    private static Process Start(SimulatedEngine engine, string directSending)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(ProxyApplication).Assembly.Location]) { RedirectStandardOutput = true };
        start.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        start.Environment["ENGINES"] = engine.EndPoint.ToString();
        start.Environment["DIRECT_SENDING"] = directSending;
        return Process.Start(start)!;
    }

    private static async Task<string> ListeningAsync(Process program)
    {
        while (await program.StandardOutput.ReadLineAsync(Cancellation).AsTask().WaitAsync(SafetyNet.Limit, Cancellation) is { } line)
        {
            int at = line.IndexOf(Listening, StringComparison.Ordinal);
            if (at >= 0)
            {
                _ = program.StandardOutput.ReadToEndAsync(CancellationToken.None); // the rest may not fill its pipe
                return line[(at + Listening.Length)..].Trim(' ', '"');
            }
        }

        throw new InvalidOperationException("the program ended without listening");
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
