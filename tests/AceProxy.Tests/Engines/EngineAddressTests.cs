using System.Text.Json;
using AceProxy.Engines;
using AceProxy.Engines.Orders;
using AceProxy.Engines.Sources;
using AceProxy.Operations;
using AceProxy.Tests.Settings;

namespace AceProxy.Tests.Engines;

public sealed class EngineAddressTests
{
    [Theory]
    [InlineData("engine", "engine:6878", false)]
    [InlineData("engine:80", "engine:80", false)]
    [InlineData("engine-1.my_net.local:65535", "engine-1.my_net.local:65535", false)]
    [InlineData("127.0.0.1:6878;forwarded", "127.0.0.1:6878", true)]
    [InlineData("127.0.0.1 ; Forwarded", "127.0.0.1:6878", true)]
    [InlineData("[::1]", "[::1]:6878", false)]
    [InlineData("[2001:db8::2]:1234;forwarded", "[2001:db8::2]:1234", true)]
    public void TryParse_HostPortForwarded_IsTaken(string text, string id, bool forwarded)
    {
        EngineAddress? address = EngineAddress.TryParse(text, out string? problem);

        Assert.Null(problem);
        Assert.Equal((id, forwarded), (address?.Id, address?.IsForwarded));
        Assert.Equal(address?.Port, new Uri($"http://{address!.Id}/").Port);
    }

    [Theory]
    [InlineData("Engine:1;forwarded", "engine:1")]
    [InlineData("ENGINE-1.Example:1", "engine-1.example:1")]
    [InlineData("[FD00::A]:1", "[fd00::a]:1")]
    public void TryParse_HostInCapitals_IsTheEngineInLowerCase(string text, string id)
    {
        EngineAddress? address = EngineAddress.TryParse(text, out _);

        Assert.Equal(id, address?.Id);
        Assert.Equal(EngineAddress.TryParse(text.ToLowerInvariant(), out _), address);
    }

    [Theory]
    [InlineData("ENGINES")]
    [InlineData("ENGINES_DNS")]
    [InlineData("the orchestrator")]
    [InlineData("the API")]
    [InlineData("an order")]
    public void Id_OfAnEngineInCapitals_IsTheSameWhoeverNamesIt(string way)
    {
        using var named = JsonDocument.Parse("""{"host": "Engine-I", "port": 1}""");
        EngineAddress? address = way switch
        {
            "the orchestrator" => OrchestratorReply.Read(JsonSerializer.SerializeToElement((JsonElement[])[named.RootElement]))!.Engines![0].Address,
            "the API" => EngineRegistrationBody.Read(named.RootElement, out _, out _),
            "an order" => new EngineOrder(EngineOrderKind.Registered, new EngineAddress("Engine-I", 1, false), true, 5).Engine,
            "ENGINES" => SourceOptions.Read(Configured.With((way, "Engine-I:1"))).Engines[0],
            _ => SourceOptions.Read(Configured.With((way, "Engine-I:1"))).DnsNames[0],
        };

        Assert.Equal("engine-i:1", address?.Id);
    }

    [Theory]
    [InlineData("")]
    [InlineData(":6878")]
    [InlineData("engine:")]
    [InlineData("engine:0")]
    [InlineData("engine:65536")]
    [InlineData("engine:-1")]
    [InlineData("engine: 80")]
    [InlineData("engine:http")]
    [InlineData("engine:80;backward")]
    [InlineData("engine:80;forwarded;forwarded")]
    [InlineData("engine:80;")]
    [InlineData("http://engine:80")]
    [InlineData("user@engine:80")]
    [InlineData("engine/path:80")]
    [InlineData("two words:80")]
    [InlineData("::1")]
    [InlineData("::1:6878")]
    [InlineData("2001:db8::2:6878")]
    [InlineData("[::1")]
    [InlineData("::1]")]
    [InlineData("[[::1]]:80")]
    [InlineData("[::1]x:80")]
    [InlineData("[engine]:80")]
    public void TryParse_AnythingElse_IsAProblemThatQuotesIt(string text)
    {
        Assert.Null(EngineAddress.TryParse(text, out string? problem));
        Assert.Contains($"'{text}'", problem, StringComparison.Ordinal);
    }
}
