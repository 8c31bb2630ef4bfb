using AceProxy.Gateway;
using AceProxy.Hosting;
using AceProxy.LiveStreams;
using AceProxy.Settings;
using AceProxy.Tests.Settings;
using AceProxy.Upstream;
using Microsoft.Extensions.DependencyInjection;
using Yarp.ReverseProxy.Configuration;

namespace AceProxy.Tests.Gateway;

public sealed class GatewayOptionsTests
{
    [Theory]
    [InlineData("GATEWAY_MODE", "direct")]
    [InlineData("GATEWAY_MAX_LOAD", "-1")]
    [InlineData("GATEWAY_MAX_LOAD", "many")]
    [InlineData("REDIS_HOST", null)]
    public void Read_AWrongValue_IsNamed(string name, string? value)
    {
        SettingsReader settings = name == "REDIS_HOST" ? Configured.With() : Configured.With(("REDIS_HOST", "redis"), (name, value));
        new ServiceCollection().AddGateway(settings);

        Assert.StartsWith($"{name}: ", Assert.Single(settings.Problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("proxy", GatewayMode.Proxy)]
    [InlineData("redirect", GatewayMode.Redirect)]
    public void Read_TheModes_AreBoth(string text, object mode) =>
        Assert.Equal(mode, GatewayOptions.Read(Configured.With(("GATEWAY_MODE", text))).Mode);

    [Fact]
    public void Read_ARoleThatIsNone_IsNamed()
    {
        SettingsReader settings = Configured.With(("ROLE", "master"));
        Roles.Read(settings);

        Assert.StartsWith("ROLE: 'master'", Assert.Single(settings.Problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("10.0.0.0/33")]
    [InlineData("gateway")]
    public void Read_ATrustedProxyThatIsNone_IsNamed(string proxy)
    {
        SettingsReader settings = Configured.With(("TRUSTED_PROXIES", $"127.0.0.1, {proxy}"));
        TrustedProxies.Read(settings);

        Assert.StartsWith($"TRUSTED_PROXIES: '{proxy}'", Assert.Single(settings.Problems), StringComparison.Ordinal);
    }

    /// <summary>A stream that is silent because its worker still hopes must not be cut by the gateway.</summary>
    [Fact]
    public void Silence_AsLongAsAWorkerCanBeToldToBear_IsBorneByTheGateway()
    {
        ClusterConfig cluster = Assert.Single(GatewayRoutes.ClusterOf([]));
        TimeSpan borne = cluster.HttpRequest!.ActivityTimeout!.Value;
        string longer = $"{borne.TotalSeconds}";
        SettingsReader settings = Configured.With(
            ("UPSTREAM_GIVE_UP", longer), ("CLIENT_STALL_TIMEOUT", longer), ("PROXY_INIT_TIMEOUT", longer));
        UpstreamOptions.Read(settings);
        LiveStreamOptions.Read(settings);

        Assert.Equal(3, settings.Problems.Count); // none of them can be so long
    }
}
