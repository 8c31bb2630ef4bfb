using System.Net.Sockets;
using AceProxy.Settings;
using AceProxy.Top;

namespace AceProxy.Hosting;

/// <summary>What the executable can be told to do.</summary>
internal static class Commands
{
    private const int Failed = 1;
    private const int Misused = 2;

    private const string Usage = """
        aceproxy          serves; ENGINES=host:6878 names the engines, README.md has the other settings
        aceproxy gateway  spreads players over the workers that Redis lists (REDIS_HOST); the same as ROLE=gateway
        aceproxy demo     serves from a built-in demonstration engine
        aceproxy health   asks the worker on this machine whether it is alive; exit code 0 if so
        aceproxy token    makes a stream token: --content … [--ttl seconds] [--address a] [--file n]; signed with STREAM_TOKEN_KEYS
        aceproxy top      shows a cluster, live: [--url http://host:8000] [--api-key …] [--interval seconds] [--once]
        aceproxy settings prints every setting with its default, in the form of .env.example
        aceproxy help     this
        """;

    /// <returns>The process's exit code.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        switch (args)
        {
            case []:
                return await ServeAsync([]);
            case ["gateway"]:
                return await ServeAsync([new("ROLE", "gateway")]);
            case ["demo"]:
                return await DemoCommand.RunAsync(ServeAsync);
            case ["health"]:
                return await HealthCommand.RunAsync();
            case ["token", .. string[] arguments]:
                return await TokenCommand.RunAsync(arguments, new ConfigurationBuilder().AddEnvironmentVariables().Build());
            case ["top", .. string[] arguments]:
                return await TopCommand.RunAsync(arguments, new ConfigurationBuilder().AddEnvironmentVariables().Build());
            case ["settings"]:
                Console.Write(EnvironmentFile.Of(ProxyApplication.KnownSettings()));
                return 0;
            case ["help" or "--help" or "-h"]:
                Console.WriteLine(Usage);
                return 0;
            default:
                await Console.Error.WriteLineAsync($"aceproxy: '{string.Join(' ', args)}' is not a command.{Environment.NewLine}{Usage}");
                return Misused;
        }
    }

    private static async Task<int> ServeAsync(IEnumerable<KeyValuePair<string, string?>> settings)
    {
        try
        {
            await using WebApplication app = ProxyApplication.Build(settings);
            await app.RunAsync();
            return 0;
        }
        catch (SettingsException exception)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return Misused;
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            await Console.Error.WriteLineAsync($"Cannot listen (ASPNETCORE_URLS): {exception.Message}");
            return Failed;
        }
    }
}
