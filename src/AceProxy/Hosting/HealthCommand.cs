namespace AceProxy.Hosting;

/// <summary>Asks the worker on this machine whether it is alive: a container's health check without a tool of its own.</summary>
internal static class HealthCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <returns>0 if it is, else 1.</returns>
    public static async Task<int> RunAsync()
    {
        var url = new Uri(ListenOptions.First(Environment.GetEnvironmentVariable("ASPNETCORE_URLS")), "/healthz");
        using var client = new HttpClient { Timeout = Patience };
        try
        {
            using HttpResponseMessage response = await client.GetAsync(url);
            return response.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            await Console.Error.WriteLineAsync($"No answer from {url}: {exception.Message}");
            return 1;
        }
    }
}
