using System.Text.RegularExpressions;
using AceProxy.Access;
using AceProxy.Tests.Functional;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace AceProxy.Tests.Access;

/// <summary>Who is let in to what only operators may see.</summary>
public sealed partial class OperatorAccessTests
{
    private static (string, string)[] Locked => [("ENGINES", "none"), Asking.Trusting, ("API_KEY", Asking.ApiKey), ("STREAM_TOKENS", "required"), ("STREAM_TOKEN_KEYS", Asking.SigningKeys)];

    [Fact]
    public async Task Routes_All_AreClosedToAStrangerButTheOpenOnes()
    {
        await using RunningProxy proxy = await RunningProxy.StartAsync(Locked);
        await using RunningProxy keyless = await RunningProxy.StartAsync([("ENGINES", "none"), Asking.Trusting]);
        RouteEndpoint[] routes = [.. proxy.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()];
        List<string> open = [];

        foreach (RouteEndpoint route in routes)
        {
            string path = Placeholder().Replace(route.RoutePattern.RawText!, "x");
            foreach (string method in route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"])
            {
                int status = await Asking.StatusAsync(proxy, path, method: method);
                if (status is not 401)
                {
                    open.Add(path);
                    continue;
                }

                bool isForPlayers = Areas.Of(path) == Area.Players;
                int withKey = await Asking.StatusAsync(proxy, path, method: method, headers: ("X-Api-Key", Asking.ApiKey));
                Assert.Equal(isForPlayers, withKey == 401);
                if (!isForPlayers)
                {
                    Assert.Equal(403, await Asking.StatusAsync(keyless, path, method: method));
                }
            }
        }

        Assert.True(routes.Length > 8, $"only {routes.Length} routes were found");
        Assert.Empty(open.Except(["/healthz", "/readyz", "/metrics"]));
    }

    [Theory]
    [InlineData("X-Api-Key", Asking.ApiKey, 200)]
    [InlineData("x-api-key", "fedcba9876543210", 200)] // the second of two
    [InlineData("Authorization", "Bearer " + Asking.ApiKey, 200)]
    [InlineData("Authorization", "bearer " + Asking.ApiKey, 200)]
    [InlineData("X-Api-Key", "", 401)]
    [InlineData("X-Api-Key", "0123456789abcdeF", 401)]
    [InlineData("X-Api-Key", "0123456789abcde", 401)]
    [InlineData("X-Api-Key", Asking.ApiKey + "0", 401)]
    [InlineData("X-Api-Key", Asking.ApiKey + ",fedcba9876543210", 401)]
    [InlineData("Authorization", Asking.ApiKey, 401)]
    [InlineData("Authorization", "Basic " + Asking.ApiKey, 401)]
    [InlineData("Cookie", "X-Api-Key=" + Asking.ApiKey, 401)]
    [InlineData("Host", "localhost", 401)]
    public async Task Api_WithAKey_IsOpenToWhoHasIt(string header, string value, int status)
    {
        await using RunningProxy proxy = await RunningProxy.StartAsync(("ENGINES", "none"), ("API_KEY", $"{Asking.ApiKey}, fedcba9876543210"));

        using HttpResponseMessage response = await Asking.SendAsync(proxy, "/api/streams", from: null, headers: (header, value));

        Assert.Equal(status, (int)response.StatusCode);
        if (status == 401)
        {
            Assert.Equal("Bearer", response.Headers.WwwAuthenticate.ToString());
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        }
    }

    [Theory]
    [InlineData("", "", 200)]
    [InlineData("127.0.0.1", "", 200)]
    [InlineData("", "X-Forwarded-For: 127.0.0.1", 403)] // a proxy on this machine that is not trusted
    [InlineData("", "X-Forwarded-For: 203.0.113.7", 403)]
    [InlineData("", "Forwarded: for=127.0.0.1", 403)]
    [InlineData("", "X-Real-IP: 127.0.0.1", 403)]
    [InlineData("", "Via: 1.1 proxy", 403)]
    [InlineData("127.0.0.1", "X-Forwarded-For: 203.0.113.7", 403)]
    [InlineData("127.0.0.1", "X-Forwarded-For: 127.0.0.1", 200)] // it is trusted, and says that somebody on this machine asks
    [InlineData("127.0.0.1", "X-Forwarded-For: 127.0.0.1, 203.0.113.7", 403)] // the player has said the first itself
    [InlineData("127.0.0.1", "X-Forwarded-For: 203.0.113.7, 127.0.0.1", 403)]
    [InlineData("127.0.0.1", "X-Forwarded-For: nonsense", 403)]
    [InlineData("", "Origin: https://evil.example", 403)]
    [InlineData("", "Origin: null", 403)]
    [InlineData("", "Host: evil.example", 403)] // a page's own name, pointed at this machine
    [InlineData("", "Host: localhost", 200)]
    [InlineData("", "Host: [::1]:8000", 200)]
    [InlineData("", "X-Api-Key: 0123456789abcdef", 200)]
    public async Task Api_WithoutAKey_IsOpenToThisMachineAlone(string trusted, string header, int status)
    {
        await using RunningProxy proxy = await RunningProxy.StartAsync(("ENGINES", "none"), ("TRUSTED_PROXIES", trusted));
        string[] parts = header.Split(": ");

        (string, string)[] headers = header.Length == 0 ? [] : [(parts[0], parts[1])];
        Assert.Equal(status, await Asking.StatusAsync(proxy, "/api/streams", from: null, headers: headers));
    }

    [Theory]
    [InlineData("/API/streams")]
    [InlineData("/api/streams/")]
    [InlineData("/%61pi/streams")]
    [InlineData("/api/%73treams")]
    [InlineData("/ace/../api/streams")]
    [InlineData("/ace/%2e%2e/api/streams")]
    [InlineData("/./api/./streams")]
    [InlineData("/healthz/../api/streams")]
    [InlineData("/healthz/%2E./api/streams")]
    [InlineData("//api/streams")]
    [InlineData("/ace//../api/streams")]
    [InlineData("/api%2Fstreams")]
    [InlineData("/ace/..%2fapi/streams")]
    [InlineData("/ace/..;/api/streams")]
    [InlineData("/ace\\..\\api\\streams")]
    [InlineData("http://127.0.0.1/api/streams")]
    public async Task Api_HoweverItIsWritten_IsClosed(string target)
    {
        await using RunningProxy proxy = await RunningProxy.StartAsync(Locked);

        (Wire wire, WireHead head) = await Wire.AskAsync(proxy, $"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-For: {Asking.Foreign}\r\nConnection: close\r\n\r\n");
        using (wire)
        {
            Assert.Contains(head.Status, (int[])[400, 401, 404]);
            Assert.DoesNotContain("[]", System.Text.Encoding.UTF8.GetString(await wire.ReadBodyAsync(head)), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("open", null, 200)]
    [InlineData("key", null, 401)]
    [InlineData("key", Asking.ApiKey, 200)]
    public async Task Metrics_AsConfigured_AreOpenOrWantTheKey(string access, string? key, int status)
    {
        await using RunningProxy proxy = await RunningProxy.StartAsync([.. Locked, ("METRICS_ACCESS", access)]);
        var context = new DefaultHttpContext { RequestServices = proxy.Services };
        context.Request.Path = "/metrics";
        context.Request.Headers["X-Api-Key"] = key;
        context.SetEndpoint(new Endpoint(null, EndpointMetadataCollection.Empty, "metrics"));

        await proxy.Services.GetRequiredService<AccessGate>().InvokeAsync(context, _ => Task.CompletedTask);

        Assert.Equal(status, context.Response.StatusCode);
    }

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Placeholder();
}
