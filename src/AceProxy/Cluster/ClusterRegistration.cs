using AceProxy.Cluster.Commands;
using AceProxy.Cluster.Connection;
using AceProxy.Cluster.Events;
using AceProxy.Cluster.Orders;
using AceProxy.Cluster.Segments;
using AceProxy.Cluster.Sharing;
using AceProxy.Cluster.Slots;
using AceProxy.Cluster.Workers;
using AceProxy.Engines;
using AceProxy.Events;
using AceProxy.LiveStreams;
using AceProxy.Settings;
using AceProxy.Telemetry;

namespace AceProxy.Cluster;

internal static class ClusterRegistration
{
    /// <summary>Without Redis, a worker by itself: it has a name, and hears only itself.</summary>
    public static IServiceCollection AddCluster(this IServiceCollection services, SettingsReader settings)
    {
        var options = ClusterOptions.Read(settings);
        services
            .AddSingleton(options)
            .AddSingleton<WorkerIdentity>()
            .AddSingleton<Throughput>()
            .AddHostedService(provider => provider.GetRequiredService<Throughput>())
            .AddSingleton(provider => new EventLog(
                provider.GetRequiredService<WorkerIdentity>().Id, isShared: !options.IsAlone, provider.GetRequiredService<TimeProvider>()));
        if (options.IsAlone)
        {
            return services.AddSingleton<ICommandChannel, OwnCommands>();
        }

        // The first of all to start is the last to stop: what the others tell at their end is told.
        services.Insert(0, ServiceDescriptor.Singleton<IHostedService, SharedEvents>());

        return services
            .AddSingleton<RedisConnection>()
            .AddHostedService<SubscriptionWatch>()
            .AddSingleton<ClusterCounters>()
            .AddStepMetrics<RedisMetrics>()
            .AddStepMetrics<ClusterMetrics>()
            .AddSingleton<WorkerDirectory>()
            .AddHostedService<WorkerHeartbeat>()
            .AddSingleton<SharedCommands>()
            .AddSingleton<ICommandChannel>(provider => provider.GetRequiredService<SharedCommands>())
            .AddHostedService(provider => provider.GetRequiredService<SharedCommands>())
            .AddSingleton<SharedEngineOrders>()
            .AddHostedService(provider => provider.GetRequiredService<SharedEngineOrders>())
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
