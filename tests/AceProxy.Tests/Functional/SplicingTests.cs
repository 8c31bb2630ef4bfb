using System.Text.Json;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Broadcasting;
using AceProxy.EngineSimulator.Contents;
using AceProxy.EngineSimulator.Observation;

namespace AceProxy.Tests.Functional;

/// <summary>The whole program where a connection breaks off and the next begins before or behind that place: every byte a player gets.</summary>
public sealed class SplicingTests
{
    private static readonly (string, string)[] Settings =
    [
        ("PROXY_GRACE_PERIOD", "0.1"), ("UPSTREAM_STABLE_PERIOD", "0.1"), ("UPSTREAM_RETRY_DELAY", "0.2"), ("KEYFRAME_WAIT", "3"), ("JOIN_BEHIND", "0"),
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Play_NextConnectionBeginsEarlier_IsByteIdenticalToTheBroadcast(bool newSession)
    {
        await using var scene = await Scene.StartAsync(newSession);
        for (int round = 1; round <= 3; round++)
        {
            scene.Content.Update(script => script with { Burst = TimeSpan.FromSeconds(6 - round) }); // 5, 4 and 3 s
            await scene.BreakAsync(newSession);
            await scene.ReadOnAsync(() => scene.Splices >= round);
        }

        Assert.Single(scene.Comparison.Landings); // the begin: nowhere else did it go on elsewhere than with the next packet
        Assert.Equal(newSession, scene.Engine.SessionsOpened >= 4);
        using JsonDocument streams = JsonDocument.Parse(await scene.Proxy.Client.GetStringAsync("/api/streams", Cancellation));
        Assert.InRange(streams.RootElement.GetProperty("streams")[0].GetProperty("splices").GetInt32(), 3, 5); // a machine that stands still is a stall, too
        Assert.Equal(0, streams.RootElement.GetProperty("streams")[0].GetProperty("jumps").GetInt32());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Play_NextConnectionBeginsLater_JumpsToARandomAccessPointBehindTables(bool newSession)
    {
        await using var scene = await Scene.StartAsync(newSession);
        scene.Content.Update(script => script with { Burst = TimeSpan.FromSeconds(-0.5) });

        await scene.BreakAsync(newSession);
        await scene.ReadOnAsync(() => scene.Comparison.Landings.Count == 2);

        (int[] pids, bool atRandomAccess) = scene.Comparison.Landings[1];
        Assert.True(atRandomAccess);
        Assert.Equal([0, 0x100, StampedBroadcast.StampedPid], pids);
        using JsonDocument streams = JsonDocument.Parse(await scene.Proxy.Client.GetStringAsync("/api/streams", Cancellation));
        Assert.Equal((0, 1), (streams.RootElement.GetProperty("streams")[0].GetProperty("splices").GetInt32(), streams.RootElement.GetProperty("streams")[0].GetProperty("jumps").GetInt32()));
    }

    private sealed class Scene : IAsyncDisposable
    {
        private readonly byte[] _buffer = new byte[64 * 1024];
        private HttpResponseMessage _response = null!;
        private Stream _body = null!;

        public required SimulatedEngine Engine { get; init; }

        public required SimulatedContent Content { get; init; }

        public required RunningProxy Proxy { get; init; }

        public required BroadcastComparison Comparison { get; init; }

        public long Splices => Proxy.Streams.All().Single().Progress.Splices;

        /// <param name="stalls">Connections are to end by falling silent.</param>
        public static async Task<Scene> StartAsync(bool stalls)
        {
            SimulatedEngine engine = await SimulatedEngine.StartAsync();
            SimulatedContent content = engine.Add(Contents.Stamped(gopSeconds: 0.4) with { Burst = TimeSpan.FromSeconds(1) });
            var scene = new Scene
            {
                Engine = engine,
                Content = content,
                Proxy = await RunningProxy.StartAsync(engine, [.. Settings, ("STALL_TIMEOUT", stalls ? "1" : "10")]),
                Comparison = new BroadcastComparison((StampedBroadcast)content.Script.Broadcast),
            };
            scene._response = await scene.Proxy.GetAsync($"infohash={content.Infohash}", Cancellation);
            scene._body = await scene._response.Content.ReadAsStreamAsync(Cancellation);
            await scene.ReadOnAsync(() => scene.Comparison.Packets > 200);
            return scene;
        }

        /// <summary>Ends the connection: a broken one is read again, one that fell silent belongs to a session that is given up.</summary>
        public async Task BreakAsync(bool newSession)
        {
            int started = Engine.Count(EngineEventKind.ReaderStarted);
            Assert.Equal(1, Content.Fault(newSession ? StreamFault.Silence : StreamFault.Reset));
            await Engine.MoreAsync(EngineEventKind.ReaderStarted, started);
        }

        /// <summary>Compares what comes until the condition holds and a second more.</summary>
        public async Task ReadOnAsync(Func<bool> condition)
        {
            using CancellationTokenSource net = SafetyNet.Start();
            long? enough = null;
            while (enough is null || Comparison.Packets < enough)
            {
                int read = await _body.ReadAsync(_buffer, net.Token);
                Assert.NotEqual(0, read);
                Comparison.Add(_buffer.AsSpan(0, read));
                enough ??= condition() ? Comparison.Packets + 1300 : null;
            }
        }

        public async ValueTask DisposeAsync()
        {
            _response.Dispose();
            await Proxy.DisposeAsync();
            await Engine.DisposeAsync();
        }
    }
}
