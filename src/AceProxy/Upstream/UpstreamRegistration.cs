using AceProxy.Settings;
using AceProxy.Telemetry;
using AceProxy.Upstream.Handover;
using AceProxy.Upstream.Playback;
using AceProxy.Upstream.Sessions;

namespace AceProxy.Upstream;

internal static class UpstreamRegistration
{
    public static IServiceCollection AddUpstream(this IServiceCollection services, SettingsReader settings) => services
        .AddStepMetrics<UpstreamMetrics>()
        .AddSingleton(UpstreamOptions.Read(settings))
        .AddSingleton(WatchOptions.Read(settings))
        .AddSingleton<HandoverPlaces>()
        .AddSingleton<SessionWatcher>()
        .AddSingleton<SessionOpener>()
        .AddSingleton<PlaybackReader>()
        .AddSingleton<UpstreamServices>()
        .AddSingleton<UpstreamReader>();
}
