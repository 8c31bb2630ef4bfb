using AceProxy.Settings;

namespace AceProxy.Engines;

internal static class EngineRegistration
{
    public static IServiceCollection AddEngines(this IServiceCollection services, SettingsReader settings) => services
        .AddSingleton(EngineOptions.Read(settings))
        .AddSingleton<EngineSlots>()
        .AddSingleton<EnginePool>();
}
