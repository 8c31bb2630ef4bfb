using System.Globalization;
using AceProxy.Access.Tokens;
using Serilog;
using Serilog.Events;

namespace AceProxy.Hosting;

/// <summary>Serilog on the console, one line an event with its properties; configurable under <c>Serilog</c> as its documentation says.</summary>
internal static class LoggingSetup
{
    private const string Template = "{Timestamp:yyyy-MM-dd HH:mm:ss.fff} {Level:u3} {Message:lj}{NewLine}{Exception}";

    public static void AddSerilogConsole(this WebApplicationBuilder builder)
    {
        Serilog.Core.Logger logger = new LoggerConfiguration()
            .MinimumLevel.Information()
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
            .MinimumLevel.Override("System", LogEventLevel.Warning)
            .MinimumLevel.Override("Yarp", LogEventLevel.Warning) // two lines a request, with its URL
            .MinimumLevel.Override("Microsoft.Hosting.Lifetime", LogEventLevel.Information) // where it listens
            .WriteTo.Console(outputTemplate: Template, formatProvider: CultureInfo.InvariantCulture)
            .ReadFrom.Configuration(builder.Configuration)
            .MinimumLevel.Override("Microsoft.AspNetCore.Server.Kestrel.BadRequests", LogEventLevel.Information) // its exceptions hold request lines
            .Enrich.With<TokenRedaction>()
            .CreateLogger();
        builder.Logging.ClearProviders().AddSerilog(logger, dispose: true);
    }
}
