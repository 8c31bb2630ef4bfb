using AceProxy.Access.Limits;
using AceProxy.Buffering;
using AceProxy.Settings;
using AceProxy.Telemetry;

namespace AceProxy.LiveStreams;

internal static class LiveStreamRegistration
{
    /// <summary>Also the ring's options and memory, which know nothing of hosting.</summary>
    public static IServiceCollection AddLiveStreams(this IServiceCollection services, SettingsReader settings)
    {
        var limits = LimitOptions.Read(settings);
        return services
            .AddSingleton(RingOptions.Read(settings))
            .AddSingleton(limits)
            .AddSingleton(new SlabPool { Limit = limits.RingsSize })
            .AddSingleton<ChunkTicker>()
            .AddSingleton(LiveStreamOptions.Read(settings))
            .AddSingleton<Drain>()
            .AddSingleton<IStreamSource, EngineSource>()
            .AddSingleton<LiveStreamServices>()
            .AddSingleton<LiveStreamRegistry>()
            .AddStepMetrics<StreamMetrics>()
            .AddStepMetrics<StreamGauges>()
            .AddStepMetrics<SessionMetrics>()
            .AddHostedService(provider => provider.GetRequiredService<LiveStreamRegistry>())
            .AddHostedService<ClientMonitor>();
    }
}
