using AceProxy.Buffering;
using AceProxy.Engines;
using AceProxy.Engines.Orders;
using AceProxy.Engines.Sources;
using AceProxy.EngineSimulator;
using AceProxy.Hosting;
using AceProxy.LiveStreams;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace AceProxy.Tests.Functional;

/// <summary>The whole program on real Kestrel, a free loopback port, in this process.</summary>
internal sealed class RunningProxy : IAsyncDisposable
{
    private readonly WebApplication _app;

    private RunningProxy(WebApplication app)
    {
        _app = app;
        Address = new Uri(app.Urls.Single());
        Client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = int.MaxValue, UseProxy = false, MaxResponseDrainSize = 0 })
        {
            BaseAddress = Address,
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    public Uri Address { get; }

    public HttpClient Client { get; }

    public LiveStreamRegistry Streams => _app.Services.GetRequiredService<LiveStreamRegistry>();

    public SlabPool Slabs => _app.Services.GetRequiredService<SlabPool>();

    public EnginePool Engines => _app.Services.GetRequiredService<EnginePool>();

    public EngineCatalog Catalog => _app.Services.GetRequiredService<EngineCatalog>();

    public EngineOrders Orders => _app.Services.GetRequiredService<EngineOrders>();

    public IServiceProvider Services => _app.Services;

    /// <summary>One engine, for as many contents as the test plays.</summary>
    public static Task<RunningProxy> StartAsync(SimulatedEngine engine, params (string Name, string Value)[] settings) =>
        StartAsync([("ENGINES", engine.EndPoint.ToString()), ("ENGINE_MAX_STREAMS", "1000"), .. settings]);

    public static async Task<RunningProxy> StartAsync(params (string Name, string Value)[] settings)
    {
        Dictionary<string, string?> all = new()
        {
            ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
            ["ENGINE_PROBE_INTERVAL"] = "0", // what arrives at an engine is what the test has sent
            ["Serilog:MinimumLevel:Default"] = "Error",
            ["Serilog:MinimumLevel:Override:Microsoft"] = "Error",
        };
        foreach ((string name, string value) in settings)
        {
            all[name] = value;
        }

        WebApplication app = ProxyApplication.Build(all);
        await app.StartAsync();
        return new RunningProxy(app);
    }

    /// <summary>A GET of the content, by id or infohash, up to the response's header.</summary>
    public async Task<HttpResponseMessage> GetAsync(string query, CancellationToken cancellation) =>
        await Client.GetAsync($"/ace/getstream?{query}", HttpCompletionOption.ResponseHeadersRead, cancellation);

    /// <summary>Until every stream there is now has ended, session stopped and engine released.</summary>
    public Task StreamsEndedAsync(TimeSpan timeout) =>
        Task.WhenAll(Streams.All().Select(stream => stream.Ended)).WaitAsync(timeout);

    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
