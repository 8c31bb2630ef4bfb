using AceProxy.Access.Tokens;
using AceProxy.Content;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Tests.Functional;
using AceProxy.Tests.Gateway;
using Microsoft.Extensions.DependencyInjection;

namespace AceProxy.Tests.Access;

/// <summary>A gateway and its workers with the same keys.</summary>
public sealed class GatewayAccessTests
{
    private static readonly (string, string)[] Keys =
    [
        Asking.Trusting, ("API_KEY", Asking.ApiKey), ("STREAM_TOKENS", "required"), ("STREAM_TOKEN_KEYS", Asking.SigningKeys),
    ];

    [Fact]
    public async Task Proxying_TokenAndKey_AreWantedByTheGatewayAndGoOnToTheWorker()
    {
        await using GatewayScene scene = await GatewayScene.StartAsync(1, Keys, Keys);
        SimulatedContent content = scene.Add(Contents.Stamped()).Single();
        string token = Token(scene, content, Asking.Foreign);
        string path = $"/ace/getstream?id={content.ContentId}";

        Assert.Equal(401, await Asking.StatusAsync(scene.Gateway, path));
        Assert.Equal(401, await Asking.StatusAsync(scene.Gateway, $"{path}&token={token}x"));
        Assert.Equal(200, await Asking.StatusAsync(scene.Gateway, $"{path}&token={token}"));
        Assert.Equal(401, await Asking.StatusAsync(scene.Gateway, $"{path}&token={token}", from: "203.0.113.8"));
        Assert.Equal(401, await Asking.StatusAsync(scene.Gateway, "/api/streams"));
        Assert.Equal(200, await Asking.StatusAsync(scene.Gateway, "/api/streams", headers: ("X-Api-Key", Asking.ApiKey)));
        Assert.Equal(401, await Asking.StatusAsync(scene.Gateway, "/whatever/there/is"));
        Assert.Equal(200, await Asking.StatusAsync(scene.Gateway, "/readyz"));
    }

    [Fact]
    public async Task Proxying_NoKeyAnywhere_NobodyButTheMachineItselfIsAnswered()
    {
        await using GatewayScene scene = await GatewayScene.StartAsync(1, [Asking.Trusting], [Asking.Trusting]);

        Assert.Equal(403, await Asking.StatusAsync(scene.Gateway, "/api/streams"));
        Assert.Equal(200, await Asking.StatusAsync(scene.Gateway, "/api/streams", from: null));
    }

    [Fact]
    public async Task Proxying_WorkerThatDoesNotTrustTheGateway_AnswersItNothingWithoutAKey()
    {
        await using GatewayScene scene = await GatewayScene.StartAsync(1, [], [("TRUSTED_PROXIES", "")]);

        Assert.Equal(403, await Asking.StatusAsync(scene.Gateway, "/api/streams", from: null));
    }

    [Fact]
    public async Task Redirecting_Token_BecomesATicketThatHoldsForThisPlayerAndContentOnly()
    {
        await using GatewayScene scene = await GatewayScene.StartAsync(1, [.. Keys, ("GATEWAY_MODE", "redirect")], Keys);
        SimulatedContent content = scene.Add(Contents.Stamped()).Single();
        string token = Token(scene, content, null);

        using HttpResponseMessage moved = await AskWithoutFollowingAsync(scene, $"id={content.ContentId}&player=a%20b&token={token}", []);
        using HttpResponseMessage byHeader = await AskWithoutFollowingAsync(scene, $"id={content.ContentId}", [("Authorization", $"Bearer {token}")]);
        string location = moved.Headers.Location!.OriginalString;
        string path = moved.Headers.Location.PathAndQuery;

        Assert.Equal((302, 302), ((int)moved.StatusCode, (int)byHeader.StatusCode));
        Assert.DoesNotContain(token, location + byHeader.Headers.Location, StringComparison.Ordinal);
        Assert.Contains("player=a%20b&ticket=", location, StringComparison.Ordinal);
        Assert.Equal(200, await Asking.StatusAsync(scene.Workers[0], path));
        Assert.Equal(200, await Asking.StatusAsync(scene.Workers[0], byHeader.Headers.Location!.PathAndQuery));
        Assert.Equal(401, await Asking.StatusAsync(scene.Workers[0], path, from: "203.0.113.8"));
        Assert.Equal(401, await Asking.StatusAsync(scene.Workers[0], path.Replace(content.ContentId, new string('b', 40), StringComparison.Ordinal)));

        // A ticket shown to the gateway gets no other: it would never end.
        using HttpResponseMessage again = await AskWithoutFollowingAsync(scene, path.Split('?')[1], []);
        Assert.NotEqual(302, (int)again.StatusCode);
    }

    [Fact]
    public async Task Redirecting_GatewayThatChecksNoTokens_PassesThemOnInstead()
    {
        await using GatewayScene scene = await GatewayScene.StartAsync(1, [Asking.Trusting, ("GATEWAY_MODE", "redirect")], Keys);
        SimulatedContent content = scene.Add(Contents.Stamped()).Single();

        using HttpResponseMessage playing = await AskWithoutFollowingAsync(scene, $"id={content.ContentId}&token={Token(scene, content, null)}", []);
        using HttpResponseMessage moved = await AskWithoutFollowingAsync(scene, $"id={content.ContentId}", []);

        Assert.Equal((200, 302), ((int)playing.StatusCode, (int)moved.StatusCode));
    }

    private static async Task<HttpResponseMessage> AskWithoutFollowingAsync(GatewayScene scene, string query, (string Name, string Value)[] headers)
    {
        using CancellationTokenSource net = SafetyNet.Start();
        using var client = new HttpMessageInvoker(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, MaxResponseDrainSize = 0 }, disposeHandler: false);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(scene.Gateway.Address, $"/ace/getstream?{query}"));
        request.Headers.Add("X-Forwarded-For", Asking.Foreign);
        foreach ((string name, string value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await client.SendAsync(request, net.Token);
    }

    private static string Token(GatewayScene scene, SimulatedContent content, string? address) =>
        scene.Workers[0].Services.GetRequiredService<StreamTokens>()
            .Issue(ContentKey.ForInfohash(content.ContentId, 0), DateTimeOffset.UtcNow.AddMinutes(10), address);
}
