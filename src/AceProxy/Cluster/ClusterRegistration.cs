using AceProxy.Cluster.Connection;
using AceProxy.Cluster.Workers;
using AceProxy.Settings;

namespace AceProxy.Cluster;

internal static class ClusterRegistration
{
    public static IServiceCollection AddCluster(this IServiceCollection services, SettingsReader settings) => services
        .AddSingleton(ClusterOptions.Read(settings))
        .AddSingleton<RedisConnection>()
        .AddSingleton<WorkerIdentity>()
        .AddSingleton<WorkerDirectory>()
        .AddHostedService<WorkerHeartbeat>();
}
