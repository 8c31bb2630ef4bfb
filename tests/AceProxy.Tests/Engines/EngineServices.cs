using AceProxy.Engines.Sources;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AceProxy.Tests.Engines;

internal static class EngineServices
{
    /// <summary>What the host does before the first request: after it the engines of the settings are known.</summary>
    public static void StartSources(this IServiceProvider services) => services.Start<SourceMonitor>();

    /// <summary>Starts one of the hosted services and not the others; all of them only begin.</summary>
    public static IHostedService Start<T>(this IServiceProvider services)
        where T : IHostedService
    {
        IHostedService service = services.GetServices<IHostedService>().OfType<T>().Single();
        service.StartAsync(CancellationToken.None).GetAwaiter().GetResult();
        return service;
    }
}
