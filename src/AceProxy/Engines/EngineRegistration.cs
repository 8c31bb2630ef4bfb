using System.Net;
using AceProxy.EngineApi;
using AceProxy.Engines.Health;
using AceProxy.Engines.Orders;
using AceProxy.Engines.Sources;
using AceProxy.Settings;
using AceProxy.Telemetry;

namespace AceProxy.Engines;

internal static class EngineRegistration
{
    public static IServiceCollection AddEngines(this IServiceCollection services, SettingsReader settings)
    {
        var sources = SourceOptions.Read(settings);
        services
            .AddSingleton(sources)
            .AddSingleton(EngineOptions.Read(settings))
            .AddSingleton(HealthOptions.Read(settings))
            .AddSingleton<ResolveHost>(Dns.GetHostAddressesAsync)
            .AddSingleton<IEngineSource>(new StaticSource(sources.Engines))
            .AddSingleton<RegisteredSource>()
            .AddSingleton<IEngineSource>(provider => provider.GetRequiredService<RegisteredSource>())
            .AddSingleton<EngineCatalog>()
            .AddSingleton<EngineOrders>()
            .AddSingleton<ISlotLedger, OwnSlots>()
            .AddSingleton<EngineSlots>()
            .AddSingleton<EnginePool>()
            .AddStepMetrics<EngineMetrics>()
            .AddSingleton<EngineProber>()
            .AddHostedService<SourceMonitor>()
            .AddHostedService<HealthMonitor>();
        foreach (EngineAddress name in sources.DnsNames)
        {
            services.AddSingleton<IEngineSource>(provider => new DnsSource(
                name, provider.GetRequiredService<ResolveHost>(), sources, provider.GetRequiredService<TimeProvider>()));
        }

        if (sources.Orchestrator is not null)
        {
            services.AddSingleton<IEngineSource>(provider => new OrchestratorSource(provider.GetRequiredService<EngineClient>(), sources));
        }

        return services;
    }
}
