using AceProxy.Tests.Functional;

namespace AceProxy.Tests.Access;

/// <summary>Requests of somebody elsewhere: the tests' own address is a trusted proxy's, which names another. Nothing is ever sent there.</summary>
internal static class Asking
{
    public const string Foreign = "203.0.113.7"; // RFC 5737

    public const string ApiKey = "0123456789abcdef";

    /// <summary>Settings with which <see cref="StatusAsync"/> is believed.</summary>
    public static readonly (string, string) Trusting = ("TRUSTED_PROXIES", "127.0.0.1");

    public const string SigningKeys = "a:0123456789abcdef0123456789abcdef";

    public static async Task<int> StatusAsync(
        RunningProxy proxy, string path, string? from = Foreign, string method = "GET", params (string Name, string Value)[] headers)
    {
        using HttpResponseMessage response = await SendAsync(proxy, path, from, method, headers);
        return (int)response.StatusCode;
    }

    public static async Task<HttpResponseMessage> SendAsync(
        RunningProxy proxy, string path, string? from = Foreign, string method = "GET", params (string Name, string Value)[] headers)
    {
        using CancellationTokenSource net = SafetyNet.Start();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (from is not null)
        {
            request.Headers.Add("X-Forwarded-For", from);
        }

        foreach ((string name, string value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await proxy.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, net.Token);
    }
}
