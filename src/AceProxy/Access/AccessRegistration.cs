using AceProxy.Access.Limits;
using AceProxy.Access.Tokens;
using AceProxy.Settings;
using AceProxy.Telemetry;

namespace AceProxy.Access;

internal static class AccessRegistration
{
    /// <summary>For both roles; the limits on streams are a worker's and come with its streams.</summary>
    public static IServiceCollection AddAccess(this IServiceCollection services, SettingsReader settings)
    {
        var connections = ConnectionOptions.Read(settings);
        var options = AccessOptions.Read(settings);
        var keys = SigningKeys.Read(settings);
        if (options is { TokensRequired: true, ViewerKeys.IsEmpty: true } && keys.IsEmpty)
        {
            settings.Problem("STREAM_TOKEN_KEYS", "is not set, and VIEWER_KEY is not either; with STREAM_TOKENS=required nobody could watch");
        }

        return services
            .AddSingleton(options)
            .AddSingleton(connections)
            .AddSingleton<AnswerDeadline>()
            .AddSingleton(keys)
            .AddSingleton<StreamTokens>()
            .AddSingleton<OperatorGate>()
            .AddSingleton<PlayerGate>()
            .AddStepMetrics<AccessMetrics>()
            .AddStepMetrics<ServerRefusals>()
            .AddSingleton<AccessGate>();
    }

    /// <summary>For a worker, with its streams.</summary>
    public static IServiceCollection AddLimits(this IServiceCollection services) => services
        .AddSingleton<ViewerLimits>()
        .AddSingleton<LimitGate>();

    /// <summary>Around everything that answers.</summary>
    public static void UseAnswerDeadline(this IApplicationBuilder app) =>
        app.Use(app.ApplicationServices.GetRequiredService<AnswerDeadline>().InvokeAsync);

    /// <summary>Before anything that answers, behind what tells who is asking.</summary>
    public static void UseAccess(this IApplicationBuilder app) => app.Use(app.ApplicationServices.GetRequiredService<AccessGate>().InvokeAsync);

    /// <summary>Behind the gate: who is refused anyway takes up nothing.</summary>
    public static void UseLimits(this IApplicationBuilder app) => app.Use(app.ApplicationServices.GetRequiredService<LimitGate>().InvokeAsync);
}
