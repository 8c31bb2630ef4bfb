using AceProxy.Telemetry;

namespace AceProxy.Top;

/// <summary>A live view of a cluster in the terminal: <c>aceproxy top [--url u] [--api-key k] [--interval s] [--once]</c>.</summary>
internal static class TopCommand
{
    private const int Failed = 1;
    private const int Misused = 2;

    /// <returns>0; 1 if there was nothing to show, with <c>--once</c>; 2 for arguments that cannot be used.</returns>
    public static async Task<int> RunAsync(string[] arguments, IConfiguration environment)
    {
        if (TopOptions.Read(arguments, environment, out string problem) is not { } options)
        {
            await Console.Error.WriteLineAsync($"aceproxy top: {Words.Tame(problem)}");
            return Misused;
        }

        if (!options.Once && Terminal.IsThere)
        {
            await using var live = new LiveView(options, TimeProvider.System);
            await live.RunAsync();
            return 0;
        }

        (string text, string? trouble) = await SingleView.ReadAsync(options, TimeProvider.System);
        if (trouble is not null)
        {
            await Console.Error.WriteLineAsync($"aceproxy top: {options.Url.AbsoluteUri}: {trouble}");
            return Failed;
        }

        Console.Write(text);
        return 0;
    }
}
