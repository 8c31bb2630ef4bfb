using System.Globalization;
using AceProxy.Access.Tokens;
using Serilog;
using Serilog.Events;
using Serilog.Formatting.Json;

namespace AceProxy.Hosting;

/// <summary>Serilog on the console, a line an event, for people or as JSON; configurable under <c>Serilog</c> as its documentation says.</summary>
internal static class LoggingSetup
{
    private const string Template = "{Timestamp:yyyy-MM-dd HH:mm:ss.fff} {Level:u3} {Message:lj}{NewLine}{Exception}";

    public static void AddSerilogConsole(this WebApplicationBuilder builder, LogFormat format)
    {
        LoggerConfiguration configuration = new LoggerConfiguration()
            .MinimumLevel.Information()
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
            .MinimumLevel.Override("System", LogEventLevel.Warning)
            .MinimumLevel.Override("Yarp", LogEventLevel.Warning) // two lines a request, with its URL
            .MinimumLevel.Override("Microsoft.Hosting.Lifetime", LogEventLevel.Information) // where it listens
            .Enrich.With<TokenRedaction>();
        _ = format == LogFormat.Json
            ? configuration.WriteTo.Console(new JsonFormatter(renderMessage: true, formatProvider: CultureInfo.InvariantCulture))
            : configuration.WriteTo.Console(outputTemplate: Template, formatProvider: CultureInfo.InvariantCulture);
        Serilog.Core.Logger logger = configuration
            .ReadFrom.Configuration(builder.Configuration)
            .MinimumLevel.Override("Microsoft.AspNetCore.Server.Kestrel.BadRequests", LogEventLevel.Information) // its exceptions hold request lines
            .CreateLogger();
        builder.Logging.ClearProviders().AddSerilog(logger, dispose: true);
    }
}
