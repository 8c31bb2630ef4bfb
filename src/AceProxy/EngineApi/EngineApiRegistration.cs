using AceProxy.Settings;
using AceProxy.Telemetry;

namespace AceProxy.EngineApi;

internal static class EngineApiRegistration
{
    public static IServiceCollection AddEngineApi(this IServiceCollection services, SettingsReader settings)
    {
        EngineApiOptions options = EngineApiOptions.Read(settings);
        return services
            .AddSingleton(options)
            .AddStepMetrics<OpeningMetrics>()
            .AddEngineHttp(options)
            .AddSingleton<EngineClient>()
            .AddSingleton<EngineSessions>()
            .AddSingleton<ContentResolver>();
    }
}
