using AceProxy.Access;
using AceProxy.Access.Limits;
using AceProxy.Cluster;
using AceProxy.Delivery;
using AceProxy.EngineApi;
using AceProxy.Engines;
using AceProxy.Gateway;
using AceProxy.LiveStreams;
using AceProxy.Operations;
using AceProxy.Settings;
using AceProxy.Telemetry;
using AceProxy.Upstream;

namespace AceProxy.Hosting;

/// <summary>The composition root: the steps in the order of the data's way.</summary>
internal static class ProxyApplication
{
    /// <summary>Nothing is configured by files, and watching the working directory costs whenever something is written there.</summary>
    private const string DoNotWatchFiles = "--hostBuilder:reloadConfigOnChange=false";

    /// <summary>SIGTERM to exit; sessions are stopped at the engines within it.</summary>
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(4.5);

    /// <param name="overrides">Take precedence over the environment; for the demonstration and the tests.</param>
    /// <exception cref="SettingsException">The configuration cannot be used.</exception>
    public static WebApplication Build(IEnumerable<KeyValuePair<string, string?>> overrides)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = [DoNotWatchFiles] });
        builder.Configuration.AddInMemoryCollection(overrides);
        var settings = new SettingsReader(builder.Configuration);
        builder.AddSerilogConsole(LogFormats.Read(settings));
        Role role = Roles.Read(settings);
        var listen = ListenOptions.Read(settings);
        var trusted = TrustedProxies.Read(settings);
        builder.Services.AddSingleton(TimeProvider.System).AddAccess(settings).AddTelemetry(settings);
        if (role == Role.Gateway)
        {
            AddGatewaySteps(builder.Services, settings);
        }
        else
        {
            AddWorkerSteps(builder.Services, settings);
        }

        settings.ThrowIfProblems();
        builder.Services.AddProblemDetails();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = ShutdownTimeout);
        builder.WebHost.UseUrls(listen.Urls);
        if (listen.HasTls)
        {
            builder.WebHost.UseKestrelHttpsConfiguration();
        }

        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.ApplicationServices.GetRequiredService<ConnectionOptions>().Apply(kestrel.Limits);
        });

        WebApplication app = builder.Build();
        trusted.Use(app);
        app.UseAnswerDeadline();
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.UseAccess();
        app.MapHealth();
        app.MapMetrics();
        if (role == Role.Gateway)
        {
            app.MapGateway();
            return app;
        }

        app.UseLimits();
        app.MapDelivery();
        app.MapOperations();
        app.Lifetime.ApplicationStopping.Register(app.Services.GetRequiredService<LiveStreamRegistry>().BeginStop);
        return app;
    }

    /// <summary>Every setting the program knows in either role, for the documentation and its test.</summary>
    public static IReadOnlyList<Setting> KnownSettings()
    {
        var settings = new SettingsReader(new ConfigurationBuilder().Build());
        Roles.Read(settings);
        ListenOptions.Read(settings);
        TrustedProxies.Read(settings);
        new ServiceCollection().AddAccess(settings);
        AddWorkerSteps(new ServiceCollection(), settings);
        AddGatewaySteps(new ServiceCollection(), settings);
        LogFormats.Read(settings);
        TelemetryOptions.Read(settings);
        return [.. settings.Known.DistinctBy(setting => setting.Name)];
    }

    private static void AddWorkerSteps(IServiceCollection services, SettingsReader settings) => services
        .AddEngines(settings)
        .AddEngineApi(settings)
        .AddUpstream(settings)
        .AddLiveStreams(settings)
        .AddDelivery(settings)
        .AddOperations()
        .AddCluster(settings)
        .AddSingleton(DrainOptions.Read(settings))
        .AddSingleton<IHostLifetime, DrainingLifetime>();

    private static void AddGatewaySteps(IServiceCollection services, SettingsReader settings) => services.AddGateway(settings);
}
