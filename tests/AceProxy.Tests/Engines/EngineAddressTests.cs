using AceProxy.Engines;

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
