using AceProxy.Settings;

namespace AceProxy.Upstream;

internal static class UpstreamRegistration
{
    public static IServiceCollection AddUpstream(this IServiceCollection services, SettingsReader settings) => services
        .AddMetrics()
        .AddSingleton<UpstreamMetrics>()
        .AddSingleton(UpstreamOptions.Read(settings))
        .AddSingleton(WatchOptions.Read(settings))
        .AddSingleton<HandoverPlaces>()
        .AddSingleton<SessionWatcher>()
        .AddSingleton<SessionOpener>()
        .AddSingleton<PlaybackReader>()
        .AddSingleton<UpstreamServices>()
        .AddSingleton<UpstreamReader>();
}
