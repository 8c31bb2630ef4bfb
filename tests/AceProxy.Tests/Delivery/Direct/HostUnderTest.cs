using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using AceProxy.Access;
using AceProxy.Buffering;
using AceProxy.Delivery;
using AceProxy.Delivery.Direct;
using AceProxy.EngineApi;
using AceProxy.Engines;
using AceProxy.EngineSimulator;
using AceProxy.LiveStreams;
using AceProxy.Settings;
using AceProxy.Upstream;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AceProxy.Tests.Delivery.Direct;

/// <summary>The real services behind an endpoint that the program itself does not offer: TLS, HTTP/2, or a handler of the test's own.</summary>
internal sealed class HostUnderTest : IAsyncDisposable
{
    private readonly WebApplication _app;

    private HostUnderTest(WebApplication app, ConcurrentQueue<Socket?> sockets) => (_app, Sockets) = (app, sockets);

    public Uri Address => new(_app.Urls.Single());

    /// <summary>What <see cref="DirectSender.SocketOf"/> said to each request.</summary>
    public ConcurrentQueue<Socket?> Sockets { get; }

    public SlabPool Slabs => _app.Services.GetRequiredService<SlabPool>();

    public static Task<HostUnderTest> StartAsync(SimulatedEngine engine, Action<Microsoft.AspNetCore.Server.Kestrel.Core.ListenOptions> endpoint) =>
        StartAsync(new() { ["ENGINES"] = engine.EndPoint.ToString(), ["PROXY_GRACE_PERIOD"] = "0" }, endpoint, app => app.MapDelivery());

    /// <param name="handle">Answers every request.</param>
    public static Task<HostUnderTest> StartAsync(RequestDelegate handle) =>
        StartAsync(new() { ["ENGINES"] = "127.0.0.1:1" }, _ => { }, app => app.Run(handle));

    public async ValueTask DisposeAsync()
    {
        _app.Services.GetRequiredService<LiveStreamRegistry>().BeginStop();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private static async Task<HostUnderTest> StartAsync(
        Dictionary<string, string?> configuration, Action<Microsoft.AspNetCore.Server.Kestrel.Core.ListenOptions> endpoint, Action<WebApplication> map)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var settings = new SettingsReader(new ConfigurationBuilder().AddInMemoryCollection(configuration).Build());
        builder.Services
            .AddSingleton(TimeProvider.System)
            .AddAccess(settings)
            .AddEngines(settings)
            .AddEngineApi(settings)
            .AddUpstream(settings)
            .AddLiveStreams(settings)
            .AddDelivery(settings);
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Listen(IPAddress.Loopback, 0, endpoint);
        });

        WebApplication app = builder.Build();
        ConcurrentQueue<Socket?> sockets = [];
        app.Use((context, next) =>
        {
            sockets.Enqueue(context.RequestServices.GetRequiredService<DirectSender>().SocketOf(context));
            return next(context);
        });
        map(app);
        await app.StartAsync();
        return new HostUnderTest(app, sockets);
    }
}
