using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.EngineSimulator.Playback;

namespace AceProxy.Tests.Functional;

/// <summary>
/// Engines that fail before the first byte: a precise status within a limit, nothing left behind, and the next viewer of the mended
/// engine is served.
/// </summary>
public sealed class BadStartTests
{
    /// <summary>Limits that only a machine that stands still would reach.</summary>
    private static readonly (string, string)[] Settings =
    [
        ("PROXY_GRACE_PERIOD", "0.1"), ("ENGINE_CALL_TIMEOUT", "10"), ("ENGINE_RESOLVE_TIMEOUT", "10"), ("UPSTREAM_HEADER_TIMEOUT", "5"),
        ("UPSTREAM_FIRST_BYTE_TIMEOUT", "5"), ("STALL_TIMEOUT", "5"), ("UPSTREAM_RETRY_DELAY", "0.05"), ("PROXY_INIT_TIMEOUT", "15"),
        ("ENGINE_STOP_TIMEOUT", "0.5"), ("ENGINE_LATE_REPLY_TIMEOUT", "3"), ("KEYFRAME_WAIT", "0.5"),
    ];

    /// <summary>For engines that let us wait.</summary>
    private static readonly (string, string)[] Impatient =
    [
        .. Settings, ("ENGINE_CALL_TIMEOUT", "1"), ("ENGINE_RESOLVE_TIMEOUT", "0.5"), ("UPSTREAM_HEADER_TIMEOUT", "0.3"),
        ("UPSTREAM_FIRST_BYTE_TIMEOUT", "0.3"), ("STALL_TIMEOUT", "0.3"),
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("start error", 404, "failed to load content")]
    [InlineData("start error with extra data", 502, "missing_option")]
    [InlineData("start error as plain 500", 502, "couldn't find resource")]
    [InlineData("Html", 502, "not JSON")]
    [InlineData("TruncatedJson", 502, null)]
    [InlineData("Huge", 502, "larger than")]
    [InlineData("WrongTypes", 502, null)]
    [InlineData("MissingFields", 502, "playback_url")]
    [InlineData("InternalError", 502, "500")]
    [InlineData("NeverAnswers", 504, "no reply within 1 s")]
    [InlineData("playback 500", 502, "HTTP 500")]
    [InlineData("playback 403", 502, "HTTP 403")]
    [InlineData("redirect 500", 502, "HTTP 500")]
    [InlineData("header, then nothing", 504, null)]
    [InlineData("no header", 504, null)]
    [InlineData("a file", 501, "not live")]
    public async Task GetStream_ContentFailsToStart_IsAnsweredPreciselyAndTheNextIsServed(string defect, int status, string? words)
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped());
        ContentScript good = content.Script;
        await using RunningProxy proxy = await RunningProxy.StartAsync(
            engine, defect is "NeverAnswers" or "header, then nothing" or "no header" ? Impatient : Settings);

        content.Update(script => Spoil(script, defect));
        await AssertRefusedAsync(proxy, $"id={content.ContentId}", status, words);

        content.Update(_ => good);
        await AssertServedAsync(proxy, engine, content);
    }

    [Fact]
    public async Task GetStream_EngineRefusesConnections_Is503WithRetryAfter()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped());
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine, [("ENGINE_BREAK", "0.2"), .. Settings]);

        engine.Refuse(true);
        await AssertRefusedAsync(proxy, $"id={content.ContentId}", 503, null);
        await AssertRefusedAsync(proxy, $"infohash={content.Infohash}", 503, null);

        engine.Refuse(false);
        await AssertServedAsync(proxy, engine, content);
    }

    [Theory]
    [InlineData("id")]
    [InlineData("infohash")]
    public async Task GetStream_EngineHangs_Is504WithinItsLimit(string parameter)
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped());
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine, Impatient);

        engine.Hang(true);
        await AssertRefusedAsync(proxy, $"{parameter}={(parameter == "id" ? content.ContentId : content.Infohash)}", 504, "no reply within 1 s");

        engine.Hang(false);
        await AssertServedAsync(proxy, engine, content);
    }

    [Fact]
    public async Task GetStream_OpeningAnsweredTooLate_Is504AndTheSessionIsStoppedWhenItComes()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped() with { OpenDelay = TimeSpan.FromSeconds(1.5) });
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine, Impatient);

        await AssertRefusedAsync(proxy, $"infohash={content.Infohash}", 504, "no reply within 1 s");

        await engine.WaitUntilAsync(present => present.Sessions is [{ StopCount: 1 }], SafetyNet.Limit, Cancellation);
        content.Update(script => script with { OpenDelay = TimeSpan.Zero });
        await AssertServedAsync(proxy, engine, content);
        engine.AssertEachStoppedOnce();
    }

    [Fact]
    public async Task GetStream_HeaderAndDataComeLate_Is200()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped() with
        {
            PrebufferDelay = TimeSpan.FromSeconds(1),
            HeaderDelay = TimeSpan.FromSeconds(1),
            FirstByteDelay = TimeSpan.FromSeconds(1),
        });
        await using RunningProxy proxy = await RunningProxy.StartAsync(
            engine, [.. Settings.Where(setting => !setting.Item1.StartsWith("UPSTREAM", StringComparison.Ordinal)), ("PROXY_INIT_TIMEOUT", "15")]);

        await AssertServedAsync(proxy, engine, content);
        Assert.Equal(1, engine.SessionsOpened);
    }

    [Fact]
    public async Task GetStream_InfohashGivenAsId_Is200()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped());
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine, Settings);

        using (Viewer viewer = await Viewer.JoinAsync(proxy, $"id={content.Infohash}"))
        {
            await viewer.UntilAsync(checker => checker.Packets > 100);
        }

        await AssertServedAsync(proxy, engine, content);
    }

    [Fact]
    public async Task GetStream_UnknownAsIdAndAsInfohash_Is404()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped());
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine, Settings);

        await AssertRefusedAsync(proxy, $"id={new string('e', 40)}", 404, "failed to load content");
        await AssertRefusedAsync(proxy, $"infohash={new string('e', 40)}", 404, "failed to load content");

        await AssertServedAsync(proxy, engine, content);
    }

    [Fact]
    public async Task GetStream_EngineNamesAnotherHostEverywhere_PlaysFromTheConfiguredOneAndAsksNobodyElse()
    {
        using var foreigner = new TcpListener(IPAddress.Parse("127.66.66.66"), 0);
        foreigner.Start();
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped() with { ForeignHost = foreigner.LocalEndpoint.ToString() });
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine, Settings);

        await AssertServedAsync(proxy, engine, content);
        Assert.False(foreigner.Pending(), "the engine's word on where it is was followed");
        engine.AssertEachStoppedOnce();
    }

    [Theory]
    [InlineData("redirect in a circle", 502, "HTTP 302")]
    [InlineData("redirect elsewhere", 502, "HTTP 404")]
    [InlineData("redirect to another scheme", 502, "HTTP 302")]
    [InlineData("text/html", 502, "text/html")]
    [InlineData("random bytes as video/mp2t", 502, "no TS packet")]
    [InlineData("random bytes without end as video/mp2t", 502, "no TS packet")]
    [InlineData("a few bytes that are no packet", 502, null)]
    [InlineData("no HTTP", 502, null)]
    [InlineData("closed at once", 503, null)]
    public async Task GetStream_PlaybackIsNoStream_IsRefusedAndEverySessionIsStopped(string defect, int status, string? words)
    {
        using var foreigner = new TcpListener(IPAddress.Parse("127.66.66.66"), 0);
        foreigner.Start();
        await using var engine = new ScriptedEngine(
            (target, connection) => PlayAsync(defect, target, connection, foreigner.LocalEndpoint.ToString()!));
        await using RunningProxy proxy = await RunningProxy.StartAsync([("ENGINES", engine.EndPoint), .. Settings]);

        await AssertRefusedAsync(proxy, $"infohash={ScriptedEngine.Infohash}", status, words);

        Assert.False(foreigner.Pending(), "a redirect to another host was followed");
        await proxy.SettledAsync();
        Assert.Equal(engine.Opened, engine.Stopped);
    }

    private static ContentScript Spoil(ContentScript script, string defect) => defect switch
    {
        "start error" => script with { StartError = "failed to load content" },
        "start error with extra data" => script with
        {
            StartError = "cannot start",
            StartErrorExtraData = """{"type": "missing_option", "options": ["proxyServer"]}""",
        },
        "start error as plain 500" => script with { StartErrorAsPlain500 = true },
        "playback 500" => script with { PlaybackStatus = 500 },
        "playback 403" => script with { PlaybackStatus = 403 },
        "redirect 500" => script with { PlaybackStatus = 500, PlaybackStatusAt = PlaybackStage.Redirect },
        "header, then nothing" => script with { Silent = true },
        "no header" => script with { HeaderDelay = TimeSpan.FromSeconds(2) },
        "a file" => script with { Vod = VodFile.FromBroadcast(script.Broadcast, 1_000) },
        _ => script with { StartDefect = Enum.Parse<ReplyDefect>(defect) },
    };

    private static async Task PlayAsync(string defect, string target, Stream connection, string foreigner)
    {
        switch (defect)
        {
            case "redirect in a circle":
                await ScriptedEngine.WriteAsync(connection, $"HTTP/1.1 302 Found\r\nLocation: {target}\r\n\r\nRedirect");
                break;
            case "redirect elsewhere" when target == "/play":
                await ScriptedEngine.WriteAsync(connection, $"HTTP/1.1 302 Found\r\nLocation: http://{foreigner}/stream\r\n\r\n");
                break;
            case "redirect elsewhere":
                Assert.Equal("/stream", target);
                await ScriptedEngine.WriteAsync(connection, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
                break;
            case "redirect to another scheme":
                await ScriptedEngine.WriteAsync(connection, "HTTP/1.1 302 Found\r\nLocation: file:///etc/hostname\r\n\r\n");
                break;
            case "text/html":
                await ScriptedEngine.BeginAsync(connection, "text/html; charset=utf-8");
                await ScriptedEngine.WriteAsync(connection, "<html><body>It works!</body></html>");
                break;
            case "random bytes as video/mp2t":
                await ScriptedEngine.BeginAsync(connection);
                await connection.WriteAsync(RandomBytes(400_000));
                break;
            case "random bytes without end as video/mp2t":
                await ScriptedEngine.BeginAsync(connection);
                while (true)
                {
                    await connection.WriteAsync(RandomBytes(50_000)); // until the proxy hangs up, which is an IOException
                }

            case "a few bytes that are no packet":
                await ScriptedEngine.BeginAsync(connection);
                await connection.WriteAsync(RandomBytes(1_000));
                break;
            case "no HTTP":
                await ScriptedEngine.WriteAsync(connection, "220 mail.example ESMTP\r\n");
                break;
        }
    }

    private static byte[] RandomBytes(int count)
    {
        byte[] bytes = new byte[count];
        new Random(1).NextBytes(bytes);
        return bytes;
    }

    private static async Task AssertRefusedAsync(RunningProxy proxy, string query, int status, string? words)
    {
        using CancellationTokenSource net = SafetyNet.Start();
        DateTimeOffset asked = DateTimeOffset.UtcNow;
        using HttpResponseMessage response = await proxy.GetAsync(query, net.Token);
        TestContext.Current.TestOutputHelper?.WriteLine($"answered {(int)response.StatusCode} after {(DateTimeOffset.UtcNow - asked).TotalSeconds:0.00} s");
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(status == 503, response.Headers.RetryAfter?.Delta > TimeSpan.Zero);
        using JsonDocument problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync(net.Token));
        Assert.Equal(status, problem.RootElement.GetProperty("status").GetInt32());
        string detail = problem.RootElement.GetProperty("detail").GetString()!;
        Assert.Contains(words ?? "", detail, StringComparison.Ordinal);
    }

    private static async Task AssertServedAsync(RunningProxy proxy, SimulatedEngine engine, SimulatedContent content)
    {
        using (Viewer viewer = await Viewer.JoinAsync(proxy, $"id={content.ContentId}"))
        {
            await viewer.UntilAsync(checker => checker.Packets > 100);
            viewer.Checker.AssertGapless();
        }

        await proxy.SettledAsync(engine);
        engine.AssertNoneLeftOpen();
        engine.AssertNoneStoppedTwice();
    }
}
