using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.LiveStreams;

namespace AceProxy.Tests.Functional;

/// <summary>Two engines of one swarm, the first of which is the better choice, and the proxy in front of them.</summary>
internal sealed class TwoEngines : IAsyncDisposable
{
    private TwoEngines(SimulatedEngine first, SimulatedEngine second, RunningProxy proxy) => (First, Second, Proxy) = (first, second, proxy);

    /// <summary>The forwarded one.</summary>
    public SimulatedEngine First { get; }

    public SimulatedEngine Second { get; }

    public RunningProxy Proxy { get; }

    /// <summary>Of a proxy with one stream.</summary>
    public LiveStream Stream => Proxy.Streams.All().Single();

    public string? EngineInUse => Stream.Progress.Session?.Engine.Address.Id;

    public static async Task<TwoEngines> StartAsync(int contents, params (string Name, string Value)[] settings) =>
        await StartAsync(contents, script => script, script => script, settings);

    public static async Task<TwoEngines> StartAsync(
        int contents, Func<ContentScript, ContentScript> onFirst, Func<ContentScript, ContentScript> onSecond, params (string, string)[] settings)
    {
        SimulatedEngine first = await SimulatedEngine.StartAsync();
        SimulatedEngine second = await SimulatedEngine.StartAsync();
        for (int number = 1; number <= contents; number++)
        {
            first.Add(onFirst(Contents.Stamped(number, gopSeconds: 0.4)));
            second.Add(onSecond(Contents.Stamped(number, gopSeconds: 0.4)));
        }

        RunningProxy proxy = await RunningProxy.StartAsync(
            [
                ("ENGINES", $"{first.EndPoint};forwarded,{second.EndPoint}"), ("PROXY_GRACE_PERIOD", "0.1"), ("STALL_TIMEOUT", "15"),
                ("UPSTREAM_RETRY_DELAY", "0.2"), ("JOIN_BEHIND", "0.5"), ("ENGINE_STOP_TIMEOUT", "0.5"), .. settings,
            ]);
        return new TwoEngines(first, second, proxy);
    }

    public Task<Viewer> WatchAsync(int number = 1) => Viewer.JoinAsync(Proxy, $"infohash={Contents.Stamped(number).Infohash}");

    public async Task DrainAsync(bool isDrained = true)
    {
        using HttpResponseMessage response = await Proxy.Client.PostAsync(
            $"/api/engines/{First.EndPoint}/{(isDrained ? "drain" : "undrain")}", null, TestContext.Current.CancellationToken);
        response.EnsureSuccessStatusCode();
    }

    /// <summary>Once nobody watches: nothing is left anywhere, and every session was stopped once.</summary>
    public async Task AssertSettledAsync()
    {
        await Proxy.SettledAsync(First);
        await Proxy.SettledAsync(Second);
        First.AssertEachStoppedOnce();
        Second.AssertEachStoppedOnce();
    }

    public async ValueTask DisposeAsync()
    {
        await Proxy.DisposeAsync();
        await First.DisposeAsync();
        await Second.DisposeAsync();
    }
}
