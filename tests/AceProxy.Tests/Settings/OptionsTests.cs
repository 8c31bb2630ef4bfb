using AceProxy.Access;
using AceProxy.Access.Limits;
using AceProxy.Buffering;
using AceProxy.Cluster;
using AceProxy.Delivery;
using AceProxy.EngineApi;
using AceProxy.Engines;
using AceProxy.Engines.Health;
using AceProxy.Engines.Sources;
using AceProxy.Gateway;
using AceProxy.Hosting;
using AceProxy.LiveStreams;
using AceProxy.Settings;
using AceProxy.Upstream;
using Microsoft.Extensions.DependencyInjection;

namespace AceProxy.Tests.Settings;

public sealed class OptionsTests
{
    private static readonly Action<SettingsReader>[] Steps =
    [
        settings => ListenOptions.Read(settings),
        settings => TrustedProxies.Read(settings),
        settings => Roles.Read(settings),
        settings => new ServiceCollection().AddAccess(settings),
        settings => ConnectionOptions.Read(settings),
        settings => LimitOptions.Read(settings),
        settings => SourceOptions.Read(settings),
        settings => EngineOptions.Read(settings),
        settings => HealthOptions.Read(settings),
        settings => EngineApiOptions.Read(settings),
        settings => UpstreamOptions.Read(settings),
        settings => WatchOptions.Read(settings),
        settings => RingOptions.Read(settings),
        settings => LiveStreamOptions.Read(settings),
        settings => DeliveryOptions.Read(settings),
        settings => ClusterOptions.Read(settings),
        settings => GatewayOptions.Read(settings),
        settings => DrainOptions.Read(settings),
    ];

    /// <summary>Every setting with a unit of number: what is no number must be refused by the step that reads it.</summary>
    public static TheoryData<string> NumericSettings() =>
        [.. ProxyApplication.KnownSettings().Where(setting => double.TryParse(setting.Default, out _)).Select(setting => setting.Name)];

    [Fact]
    public void Read_NothingButEngines_HasNoProblem()
    {
        Assert.Empty(ReadAll(("ENGINES", "127.0.0.1")).Problems);
    }

    [Fact]
    public void KnownSettings_All_AreNamedOnceAndExplained()
    {
        IReadOnlyList<Setting> known = ProxyApplication.KnownSettings();

        Assert.Equal(known.Count, known.Select(setting => setting.Name).Distinct().Count());
        Assert.All(known, setting =>
        {
            Assert.Matches("^[A-Z][A-Z0-9_]+$", setting.Name);
            Assert.NotEmpty(setting.Meaning);
            Assert.NotEmpty(setting.Unit);
        });
    }

    [Theory]
    [MemberData(nameof(NumericSettings))]
    public void Read_NumberThatIsNone_IsAProblemOfThatVariable(string name)
    {
        foreach (string value in (string[])["soon", "-1", "1e99", "99999999999"])
        {
            string problem = Assert.Single(ReadAll(("ENGINES", "127.0.0.1"), (name, value)).Problems);
            Assert.StartsWith($"{name}: ", problem, StringComparison.Ordinal);
            Assert.Contains(value, problem, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("8000")]
    [InlineData("nonsense")]
    [InlineData("http://+:8000;localhost")]
    [InlineData("http://+:70000")]
    [InlineData("http://+:-1")]
    [InlineData("http://+:port")]
    [InlineData("ftp://+:8000")]
    public void Read_UrlThatCannotBeListenedOn_IsAProblem(string urls)
    {
        string problem = Assert.Single(ReadAll(("ENGINES", "127.0.0.1"), ("ASPNETCORE_URLS", urls)).Problems);

        Assert.StartsWith("ASPNETCORE_URLS: ", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://+:8000")]
    [InlineData("http://*:80;http://127.0.0.1:0")]
    [InlineData("http://[::1]:8080/")]
    [InlineData("http://unix:/run/aceproxy.sock")]
    public void Read_UrlToListenOn_IsNone(string urls) =>
        Assert.Empty(ReadAll(("ENGINES", "127.0.0.1"), ("ASPNETCORE_URLS", urls)).Problems);

    [Theory]
    [InlineData("two\nlines")]
    [InlineData("tab\tbed")]
    [InlineData("Spielér")]
    public void Read_UserAgentThatNoHeaderCanCarry_IsAProblem(string agent)
    {
        string problem = Assert.Single(ReadAll(("ENGINES", "127.0.0.1"), ("ENGINE_USER_AGENT", agent)).Problems);

        Assert.StartsWith("ENGINE_USER_AGENT: ", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(",")]
    [InlineData(" , ,")]
    public void Read_NoEngine_SaysWhatToSet(string? engines)
    {
        string problem = Assert.Single(ReadAll(("ENGINES", engines)).Problems);

        Assert.StartsWith("ENGINES: ", problem, StringComparison.Ordinal);
        Assert.Contains("ENGINES=host:6878", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_SeveralBadEngines_NamesEach()
    {
        SettingsReader settings = ReadAll(("ENGINES", "good, bad:port ,http://x:1, good:6878,GOOD:6878"));

        Assert.Equal(4, settings.Problems.Count);
        Assert.All(settings.Problems, problem => Assert.StartsWith("ENGINES: ", problem, StringComparison.Ordinal));
        Assert.Contains("bad:port", settings.Problems[0], StringComparison.Ordinal);
        Assert.Contains("http://x:1", settings.Problems[1], StringComparison.Ordinal);
        Assert.Contains("named twice", settings.Problems[2], StringComparison.Ordinal);
        Assert.Contains("named twice", settings.Problems[3], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ENGINES_DNS", "10.0.0.1:6878", "'10.0.0.1'")]
    [InlineData("ENGINES_DNS", "engine:port", "'engine:port'")]
    [InlineData("ENGINES_DNS", "engine,ENGINE", "named twice")]
    [InlineData("ORCHESTRATOR_URL", "orchestrator:8000", "'orchestrator:8000'")]
    [InlineData("ORCHESTRATOR_URL", "ftp://orchestrator", "'ftp://orchestrator'")]
    [InlineData("ORCHESTRATOR_URL", "http://user:pass@orchestrator", "http://orchestrator:8000")]
    [InlineData("ORCHESTRATOR_URL", "http://orchestrator/?x=1", "http://orchestrator:8000")]
    [InlineData("ORCHESTRATOR_API_KEY", "two words", "printable ASCII")]
    [InlineData("ENGINE_SELECTION", "random", "'random'")]
    [InlineData("ENGINE_BREAK_LONGEST", "1", "ENGINE_BREAK")]
    public void Read_EngineSettingThatCannotBeUsed_IsAProblemOfThatVariable(string name, string value, string culprit)
    {
        string problem = Assert.Single(ReadAll(("ENGINES", "127.0.0.1"), (name, value)).Problems);

        Assert.StartsWith($"{name}: ", problem, StringComparison.Ordinal);
        Assert.Contains(culprit, problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ENGINES", "none")]
    [InlineData("ENGINES_DNS", "engine")]
    [InlineData("ORCHESTRATOR_URL", "https://orchestrator/under/a/path/")]
    public void Read_OneSourceOfAnyKind_IsEnough(string name, string value) => Assert.Empty(ReadAll((name, value)).Problems);

    private static SettingsReader ReadAll(params (string Name, string? Value)[] values)
    {
        SettingsReader settings = Configured.With(values);
        foreach (Action<SettingsReader> read in Steps)
        {
            read(settings);
        }

        return settings;
    }
}
