using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Broadcasting;
using AceProxy.EngineSimulator.Contents;
using AceProxy.MpegTs;

namespace AceProxy.Tests.Functional;

/// <summary>An engine that never comes back: after UPSTREAM_GIVE_UP the responses end, cleanly and with everything that had come.</summary>
public sealed class GiveUpTests
{
    private static readonly (string, string)[] Settings =
    [
        ("UPSTREAM_GIVE_UP", "1"), ("UPSTREAM_RETRY_DELAY", "0.1"), ("STALL_TIMEOUT", "0.5"), ("PROXY_GRACE_PERIOD", "0"), ("KEYFRAME_WAIT", "0.1"),
    ];

    [Theory]
    [InlineData("HTTP/1.1", false)]
    [InlineData("HTTP/1.1", true)]
    [InlineData("HTTP/1.0", false)]
    public async Task Play_EngineFailsForGood_ResponseEndsWithTheLastWholePacket(string version, bool withGarbage)
    {
        byte[] sent = new byte[2_000 * TsPacket.Size];
        new StampedBroadcast(2_000_000, TimeSpan.FromSeconds(0.4)).Read(0, sent);
        int plays = 0;
        await using var engine = new ScriptedEngine(async (_, connection) =>
        {
            if (Interlocked.Increment(ref plays) > 1 && withGarbage)
            {
                await ScriptedEngine.BeginAsync(connection);
                await connection.WriteAsync(new byte[400_000]);
                return;
            }

            if (plays > 1)
            {
                await ScriptedEngine.WriteAsync(connection, "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n");
                return;
            }

            await ScriptedEngine.BeginAsync(connection);
            await connection.WriteAsync(sent);
            await connection.WriteAsync(sent.AsMemory(0, 100)); // and a packet cut short
        });
        await using RunningProxy proxy = await RunningProxy.StartAsync([("ENGINES", engine.EndPoint), .. Settings]);

        (Wire wire, WireHead head) = await Wire.AskAsync(
            proxy, $"GET /ace/getstream?infohash={ScriptedEngine.Infohash} {version}\r\nHost: proxy\r\n\r\n");
        using (wire)
        {
            Assert.Equal(200, head.Status);
            Assert.Equal(version == "HTTP/1.1" ? "chunked" : null, head["Transfer-Encoding"]);
            byte[] body = await wire.ReadBodyAsync(head);
            Assert.Equal(0, body.Length % TsPacket.Size);
            Assert.Equal(sent[^(1_000 * TsPacket.Size)..], body[^(1_000 * TsPacket.Size)..]);
        }

        await proxy.SettledAsync();
        Assert.Equal(engine.Opened, engine.Stopped);
    }

    [Fact]
    public async Task Play_EngineRefusesForGood_EveryResponseEndsCleanly()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped());
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine, Settings);
        Viewer[] viewers = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Viewer.JoinAsync(proxy, $"infohash={content.Infohash}")));

        engine.Refuse(true);
        engine.Restart();
        DateTimeOffset cut = DateTimeOffset.UtcNow;
        await Task.WhenAll(viewers.Select(viewer => viewer.ToEndAsync()));

        TestContext.Current.TestOutputHelper?.WriteLine($"given up after {(DateTimeOffset.UtcNow - cut).TotalSeconds:0.0} s, limit 1 s");
        Assert.Single(viewers.Select(viewer => viewer.Checker.LastSequence).Distinct());
        Assert.All(viewers, viewer => viewer.Checker.AssertGapless());
        await proxy.SettledAsync();
    }

    [Fact]
    public async Task Play_NewSessionsOpenButYieldNothing_GivesUpWithoutWaitingOutTheStartingLimits()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped());
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine, Settings);
        using Viewer viewer = await Viewer.JoinAsync(proxy, $"infohash={content.Infohash}");

        content.Update(script => script with { Silent = true });
        DateTimeOffset cut = DateTimeOffset.UtcNow;
        await viewer.ToEndAsync();

        TestContext.Current.TestOutputHelper?.WriteLine($"given up after {(DateTimeOffset.UtcNow - cut).TotalSeconds:0.0} s, limit 1 s");
        await proxy.SettledAsync(engine);
        engine.AssertEachStoppedOnce();
    }
}
