using AceProxy.Cluster;
using AceProxy.Cluster.Connection;
using AceProxy.Cluster.Workers;
using AceProxy.Operations;
using AceProxy.Settings;
using AceProxy.Telemetry;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Transforms;

namespace AceProxy.Gateway;

internal static class GatewayRegistration
{
    public static IServiceCollection AddGateway(this IServiceCollection services, SettingsReader settings)
    {
        var cluster = ClusterOptions.Read(settings);
        if (cluster.IsAlone)
        {
            settings.Problem("REDIS_HOST", "is not set; the gateway finds its workers there");
        }

        var options = GatewayOptions.Read(settings);
        services
            .AddSingleton(options)
            .AddSingleton<Redirection>()
            .AddSingleton(cluster)
            .AddSingleton<RedisConnection>()
            .AddStepMetrics<RedisMetrics>()
            .AddStepMetrics<GatewayMetrics>()
            .AddSingleton<WorkerDirectory>()
            .AddSingleton(provider => new WorkerRoster(
                provider.GetRequiredService<WorkerDirectory>().Lifetime, provider.GetRequiredService<TimeProvider>()))
            .AddSingleton(provider => new WorkerLoads(cluster.WorkerHeartbeat * 2, provider.GetRequiredService<TimeProvider>()))
            .AddSingleton<ILoadBalancingPolicy, ContentPolicy>()
            .AddSingleton<IPassiveHealthCheckPolicy, FailedRequestPolicy>()
            .AddSingleton<SecondTry>()
            .AddSingleton<IReadiness, GatewayReadiness>()
            .AddHostedService<WorkerWatch>();
        services.AddReverseProxy()
            .LoadFromMemory(GatewayRoutes.Routes, GatewayRoutes.ClusterOf([]))
            .ConfigureHttpClient((_, handler) => GatewayRoutes.ConfigureConnections(handler))
            .AddTransforms(context => context.AddResponseTransform(GatewayRoutes.LiftDeadline));
        return services;
    }

    public static void MapGateway(this WebApplication app)
    {
        GatewayOptions options = app.Services.GetRequiredService<GatewayOptions>();
        Redirection redirection = app.Services.GetRequiredService<Redirection>();
        SecondTry secondTry = app.Services.GetRequiredService<SecondTry>();
        GatewayMetrics metrics = app.Services.GetRequiredService<GatewayMetrics>();
        app.Use(SelectorGate.InvokeAsync);
        app.MapReverseProxy(pipeline =>
        {
            pipeline.Use(secondTry.InvokeAsync);
            pipeline.UseLoadBalancing();
            pipeline.Use(metrics.CountPlacementAsync);
            if (options.Mode == GatewayMode.Redirect)
            {
                pipeline.Use(redirection.InvokeAsync);
            }

            pipeline.UsePassiveHealthChecks();
        });
    }
}
