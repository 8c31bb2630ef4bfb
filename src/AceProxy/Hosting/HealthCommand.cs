using System.Globalization;

namespace AceProxy.Hosting;

/// <summary>Asks the worker on this machine whether it is alive: a container's health check without a tool of its own.</summary>
internal static class HealthCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <returns>0 if it is, else 1.</returns>
    public static async Task<int> RunAsync()
    {
        int port = ListenOptions.FirstPort(Environment.GetEnvironmentVariable("ASPNETCORE_URLS"));
        using var client = new HttpClient { Timeout = Patience };
        try
        {
            string url = string.Create(CultureInfo.InvariantCulture, $"http://localhost:{port}/healthz");
            using HttpResponseMessage response = await client.GetAsync(new Uri(url));
            return response.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            await Console.Error.WriteLineAsync($"No answer on port {port}: {exception.Message}");
            return 1;
        }
    }
}
