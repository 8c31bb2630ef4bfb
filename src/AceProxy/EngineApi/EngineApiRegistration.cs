using AceProxy.Settings;

namespace AceProxy.EngineApi;

internal static class EngineApiRegistration
{
    public static IServiceCollection AddEngineApi(this IServiceCollection services, SettingsReader settings)
    {
        EngineApiOptions options = EngineApiOptions.Read(settings);
        return services
            .AddSingleton(options)
            .AddSingleton<EngineHttp>()
            .AddSingleton<EngineClient>()
            .AddSingleton<EngineSessions>()
            .AddSingleton<ContentResolver>();
    }
}
