using AceProxy.Settings;

namespace AceProxy.Telemetry;

internal static class TelemetryRegistration
{
    public static IServiceCollection AddTelemetry(this IServiceCollection services, SettingsReader settings)
    {
        var options = TelemetryOptions.Read(settings);
        services.AddMetrics().AddSingleton(options).AddSingleton<MetricsCollector>();
        if (!options.IsExported)
        {
            return services; // and nothing of OpenTelemetry is loaded
        }

        AppContext.SetSwitch("Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData", false); // a request's span says what was asked for
        return services.AddHostedService<OtlpExport>();
    }

    /// <summary>A step's instruments, made at the start.</summary>
    public static IServiceCollection AddStepMetrics<T>(this IServiceCollection services)
        where T : class, IStepMetrics =>
        services.AddMetrics().AddSingleton<T>().AddSingleton<IStepMetrics>(provider => provider.GetRequiredService<T>());

    /// <summary><c>GET /metrics</c>, and everybody's instruments.</summary>
    public static WebApplication MapMetrics(this WebApplication app)
    {
        MetricsCollector collector = app.Services.GetRequiredService<MetricsCollector>(); // first: it is to hear of everything
        _ = app.Services.GetServices<IStepMetrics>().Count();
        app.MapGet("/metrics", async (HttpContext context) =>
        {
            bool isOpenMetrics = ExpositionFormat.IsOpenMetrics(context.Request);
            context.Response.ContentType = isOpenMetrics ? ExpositionFormat.OpenMetrics : ExpositionFormat.Prometheus;
            context.Response.Headers.CacheControl = "no-store";
            context.Response.Headers.Vary = "Accept";
            collector.Collect(context.Response.BodyWriter, isOpenMetrics);
            await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
        });
        return app;
    }
}
