using System.Net;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Tests.Functional;
using AceProxy.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace AceProxy.Tests.Top;

/// <summary>The built program against a worker, an engine and a player that are real but for what the engine plays.</summary>
public sealed class TopCommandTests
{
    private const string Key = "0123456789abcdef-key";

    /// <summary>For a viewer that watches while processes start and end.</summary>
    private static readonly TimeSpan WholeTest = 6 * SafetyNet.Limit;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Once_StreamPlays_PrintsItWithItsRatesAsPlainText()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped());
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine, ("API_KEY", Key), ("WORKER_ID", "the-worker"));
        using Viewer viewer = await Viewer.JoinAsync(proxy, $"id={content.ContentId}");
        Task watching = viewer.ToEndAsync(WholeTest);

        ProgramRun run = await ProgramRun.ToEndAsync(["top", "--once", "--url", proxy.Address.ToString()], [("API_KEY", Key), ("LANG", "C.UTF-8")], Cancellation);

        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        Assert.DoesNotContain(run.Output, letter => char.IsControl(letter) && letter != '\n');
        string stream = Assert.Single(run.Output.Split('\n'), line => line.StartsWith(content.Infohash, StringComparison.Ordinal));
        Assert.Matches(@" playing +1 +\d+\.\d +\d+\.\d .* " + engine.EndPoint, stream);
        Assert.Contains("the-worker", run.Output, StringComparison.Ordinal);
        Assert.Contains("client-joined", run.Output, StringComparison.Ordinal);
        await proxy.StopAsync();
        await watching;
    }

    [Fact]
    public async Task Once_KeyIsMissingOrWrong_SaysWhichAndFails()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine, ("API_KEY", Key));
        string[] top = ["top", "--once", "--url", proxy.Address.ToString()];

        ProgramRun[] runs = await Task.WhenAll(
            ProgramRun.ToEndAsync(top, [], Cancellation),
            ProgramRun.ToEndAsync(top, [("API_KEY", "another-key-altogether")], Cancellation),
            ProgramRun.ToEndAsync([.. top, "--api-key", "another-key-altogether"], [("API_KEY", Key)], Cancellation));

        Assert.All(runs, run => Assert.Equal((1, ""), (run.ExitCode, run.Output)));
        Assert.Contains("401, an API key is needed and none was given", runs[0].Errors, StringComparison.Ordinal);
        Assert.Contains("401, the key in API_KEY is not", runs[1].Errors, StringComparison.Ordinal);
        Assert.Contains("401, the key in --api-key is not", runs[2].Errors, StringComparison.Ordinal);
        Assert.All(runs, run => Assert.DoesNotContain("another-key", run.Errors, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Once_WorkerWithoutKeyBehindAProxy_SaysThatItAnswersItsOwnMachineOnly()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        await using WebApplication between = builder.Build();
        between.Run(async context =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, context.Request.Path);
            request.Headers.Add("Via", "1.1 another");
            using HttpResponseMessage response = await proxy.Client.SendAsync(request, context.RequestAborted);
            context.Response.StatusCode = (int)response.StatusCode;
            await response.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
        });
        await between.StartAsync(Cancellation);

        ProgramRun run = await ProgramRun.ToEndAsync(["top", "--once", "--url", between.Urls.Single()], [], Cancellation);

        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.Contains("403, it has no API_KEY", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Once_NobodyThere_SaysSoAndFails()
    {
        using var port = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        port.Bind(new IPEndPoint(IPAddress.Loopback, 0)); // bound and not listening: refused

        ProgramRun run = await ProgramRun.ToEndAsync(["top", "--once", "--url", $"http://{port.LocalEndPoint}"], [], Cancellation);

        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.Contains("refused", run.Errors, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("   at ", run.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'--every' is not known", "--every", "2")]
    [InlineData("--url has no value", "--url")]
    [InlineData("--url: 'proxy:8000'", "--url", "proxy:8000")]
    [InlineData("--interval: 'soon'", "--interval", "soon")]
    [InlineData("--once is given more than once", "--once", "--once")]
    public async Task Arguments_ThatCannotBeUsed_AreNamed(string problem, params string[] arguments)
    {
        ProgramRun run = await ProgramRun.ToEndAsync(["top", .. arguments], [], Cancellation);

        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains(problem, run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Terminal_StreamIsStopped_ShowsItAndLeavesTheTerminalAsItWas()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped());
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine);
        using Viewer viewer = await Viewer.JoinAsync(proxy, $"id={content.ContentId}");
        Task watching = viewer.ToEndAsync(WholeTest);
        using TopTerminal top = await TopTerminal.StartAsync(80, 24, proxy.Address, "--interval 0.2");

        await top.UntilAsync(lines => lines.Any(line => line.StartsWith($"▶ {content.Infohash[..10]}", StringComparison.Ordinal)));
        await top.UntilAsync("client-joined");
        await top.UntilAsync(lines => lines.All(line => line.Length == 80));
        Assert.True(top.Screen is { IsAlternate: true, HasCursor: false, HasColours: true });
        await top.TypeAsync("x");
        await top.UntilAsync($"Stop {content.Infohash} for all its clients (1)?");
        await top.TypeAsync("y");
        await top.UntilAsync("Streams 0");
        await top.UntilAsync("stream-stopped");
        await watching;
        await top.TypeAsync("q");

        Assert.Equal(0, await top.EndedAsync());
        Assert.True(top.Screen is { IsAlternate: false, HasCursor: true, HasApplicationKeys: false });
    }

    [Fact]
    public async Task Terminal_NoColourNoUnicodeAndResized_StaysReadable()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine);
        using TopTerminal top = await TopTerminal.StartAsync(80, 24, proxy.Address, "--interval 0.2", ("NO_COLOR", "1"), ("LANG", "C"));

        await top.UntilAsync("-- Engines --");
        Assert.False(top.Screen.HasColours);
        Assert.All(top.Lines, line => Assert.All(line, letter => Assert.InRange(letter, ' ', '~')));
        await top.ResizeAsync(120, 40);
        await top.UntilAsync(lines => lines[39].StartsWith("q quit", StringComparison.Ordinal) && lines[39].Length == 120);
        await top.TypeAsync("\e[B3"); // an arrow, and a topic
        await top.UntilAsync($"> {engine.EndPoint}");
        await top.TypeAsync("\x03");

        Assert.Equal(0, await top.EndedAsync());
        Assert.True(top.Screen is { IsAlternate: false, HasCursor: true, HasApplicationKeys: false });
    }

    [Fact]
    public async Task Terminal_WorkerGoes_SaysForHowLongAndWhatItTries()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        using ProgramProcess worker = await ProgramProcess.StartAsync(engine);
        using TopTerminal top = await TopTerminal.StartAsync(80, 24, worker.Address, "--interval 0.2");
        await top.UntilAsync("Workers 1/1");

        await worker.KillAsync();

        await top.UntilAsync("UNREACHABLE for");
        await top.UntilAsync("refused");
        await top.UntilAsync("What is shown is");
        await top.TypeAsync("q");
        Assert.Equal(0, await top.EndedAsync());
    }

    [Fact]
    public async Task Terminal_KeyIsRefused_SaysSoOnTheScreen()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine, ("API_KEY", Key));
        using TopTerminal top = await TopTerminal.StartAsync(80, 24, proxy.Address);

        await top.UntilAsync("REFUSED for");
        await top.UntilAsync("API_KEY_FILE");
        await top.TypeAsync("q");
        Assert.Equal(0, await top.EndedAsync());
    }

    [Fact]
    public async Task Serve_WithoutTop_LoadsNothingOfIt()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        using ProgramProcess program = await ProgramProcess.StartAsync(engine);

        string[] maps = await File.ReadAllLinesAsync($"/proc/{program.Id}/maps", Cancellation);

        Assert.Contains(maps, line => line.Contains("aceproxy.dll", StringComparison.Ordinal));
        Assert.DoesNotContain(maps, line => line.Contains("Spectre", StringComparison.Ordinal));
    }
}
