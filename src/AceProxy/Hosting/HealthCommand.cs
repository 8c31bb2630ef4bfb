using System.Diagnostics.CodeAnalysis;

namespace AceProxy.Hosting;

/// <summary>Asks the worker on this machine whether it is alive: a container's health check without a tool of its own.</summary>
internal static class HealthCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <returns>0 if it is, else 1.</returns>
    [SuppressMessage("Security", "CA5359", Justification = "It asks this machine, under a name that its certificate is not for, and tells nothing.")]
    public static async Task<int> RunAsync()
    {
        var url = new Uri(ListenOptions.First(Environment.GetEnvironmentVariable("ASPNETCORE_URLS")), "/healthz");
        using var handler = new SocketsHttpHandler { UseProxy = false };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
        using var client = new HttpClient(handler) { Timeout = Patience };
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
