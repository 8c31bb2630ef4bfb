using AceProxy.Settings;

namespace AceProxy.Upstream;

internal static class UpstreamRegistration
{
    public static IServiceCollection AddUpstream(this IServiceCollection services, SettingsReader settings) => services
        .AddSingleton(UpstreamOptions.Read(settings))
        .AddSingleton<PlaybackReader>()
        .AddSingleton<UpstreamReader>();
}
