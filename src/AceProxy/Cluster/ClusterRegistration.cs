using AceProxy.Cluster.Connection;
using AceProxy.Cluster.Segments;
using AceProxy.Cluster.Sharing;
using AceProxy.Cluster.Slots;
using AceProxy.Cluster.Workers;
using AceProxy.Engines;
using AceProxy.LiveStreams;
using AceProxy.Settings;
using AceProxy.Telemetry;

namespace AceProxy.Cluster;

internal static class ClusterRegistration
{
    /// <summary>Without Redis, nothing but the settings: a worker by itself has nothing of this.</summary>
    public static IServiceCollection AddCluster(this IServiceCollection services, SettingsReader settings)
    {
        var options = ClusterOptions.Read(settings);
        services.AddSingleton(options);
        if (options.IsAlone)
        {
            return services;
        }

        return services
            .AddSingleton<RedisConnection>()
            .AddSingleton<ClusterCounters>()
            .AddStepMetrics<RedisMetrics>()
            .AddStepMetrics<ClusterMetrics>()
            .AddSingleton<WorkerIdentity>()
            .AddSingleton<WorkerDirectory>()
            .AddHostedService<WorkerHeartbeat>()
            .AddSingleton<ClientLedger>()
            .AddHostedService(provider => provider.GetRequiredService<ClientLedger>())
            .AddSingleton<Leases.Leases>()
            .AddSingleton<SegmentStore>()
            .AddSingleton<SharingServices>()
            .AddSingleton<SharedSlots>()
            .AddSingleton<ISlotLedger>(provider => provider.GetRequiredService<SharedSlots>()) // in the place of this worker's own alone
            .AddHostedService(provider => provider.GetRequiredService<SharedSlots>())
            .AddSingleton<IStreamSource, SharedSource>(); // in the place of the engine alone
    }
}
