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
using AceProxy.Telemetry;
using AceProxy.Upstream;
using AceProxy.Upstream.Sessions;
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
        settings => LogFormats.Read(settings),
        settings => TelemetryOptions.Read(settings),
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

    /// <summary>One value of every setting that cannot be used. A new setting without one here fails the test below.</summary>
    private static readonly Dictionary<string, string> Unusable = new()
    {
        ["ROLE"] = "both",
        ["ASPNETCORE_URLS"] = "8000",
        ["TRUSTED_PROXIES"] = "10.0.0.0/99",
        ["API_KEY"] = "short",
        ["VIEWER_KEY"] = "a key that has to be escaped",
        ["STREAM_TOKEN_KEYS"] = "0123456789abcdef0123456789abcdef",
        ["STREAM_TOKENS"] = "yes",
        ["METRICS_ACCESS"] = "closed",
        ["ENGINES"] = "host:port",
        ["ENGINES_DNS"] = "10.0.0.1",
        ["ORCHESTRATOR_URL"] = "orchestrator",
        ["ORCHESTRATOR_API_KEY"] = "two words",
        ["ENGINE_SELECTION"] = "random",
        ["ENGINE_USER_AGENT"] = "two\nlines",
        ["REDIS_HOST"] = "not a host",
        ["REDIS_USER"] = "somebody",
        ["LOG_FORMAT"] = "xml",
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "collector",
        ["WORKER_ID"] = "two words",
        ["WORKER_ADDRESS"] = "https://worker",
        ["GATEWAY_MODE"] = "tunnel",
    };

    /// <summary>Any text may be a password.</summary>
    public static TheoryData<string> AllSettings() =>
        [.. ProxyApplication.KnownSettings().Select(setting => setting.Name).Except(["REDIS_PASSWORD"])];

    [Theory]
    [MemberData(nameof(AllSettings))]
    public void Read_AnySettingWithAValueThatCannotBeUsed_IsAProblemOfThatVariable(string name)
    {
        Setting setting = ProxyApplication.KnownSettings().First(setting => setting.Name == name);
        string value = Unusable.GetValueOrDefault(name) ?? (setting.Unit, double.TryParse(setting.Default, out _)) switch
        {
            ("on or off", _) => "maybe",
            ("path", _) => "/nowhere/to/be/found",
            (_, true) => "soon",
            _ => "",
        };
        Assert.True(value.Length > 0, $"what value of {name} cannot be used?");

        IReadOnlyList<string> problems = ReadAll(name == "ENGINES" ? [(name, value)] : [("ENGINES", "127.0.0.1"), (name, value)]).Problems;

        Assert.NotEmpty(problems);
        Assert.All(problems, problem => Assert.StartsWith($"{name}: ", problem, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("API_KEY", "0123456789abcde", "less than 16")]
    [InlineData("API_KEY", "0123456789abcdef,0123456789abcdeg,0123456789abcdeh", "3 keys")]
    [InlineData("API_KEY", "0123456789abcdef 0123456789abcdef", "printable ASCII")]
    [InlineData("VIEWER_KEY", "0123456789abcde", "less than 16")]
    [InlineData("VIEWER_KEY", "0123456789abcdef&", "escape")]
    [InlineData("STREAM_TOKEN_KEYS", "a:0123456789abcdef0123456789abcde", "less than 32")]
    [InlineData("STREAM_TOKEN_KEYS", ":0123456789abcdef0123456789abcdef", "without an id")]
    [InlineData("STREAM_TOKEN_KEYS", "a:0123456789abcdef0123456789abcdef,a:0123456789abcdef0123456789abcdeg", "two keys with the id 'a'")]
    public void Read_KeyThatCannotBeUsed_IsAProblemThatDoesNotRepeatIt(string name, string value, string words)
    {
        string problem = Assert.Single(ReadAll(("ENGINES", "127.0.0.1"), (name, value)).Problems);

        Assert.StartsWith($"{name}: ", problem, StringComparison.Ordinal);
        Assert.Contains(words, problem, StringComparison.Ordinal);
        Assert.DoesNotContain("0123456789", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_TokensRequiredAndNothingThatOpens_IsAProblem()
    {
        string problem = Assert.Single(ReadAll(("ENGINES", "127.0.0.1"), ("STREAM_TOKENS", "required")).Problems);

        Assert.StartsWith("STREAM_TOKEN_KEYS: ", problem, StringComparison.Ordinal);
        Assert.Empty(ReadAll(("ENGINES", "127.0.0.1"), ("STREAM_TOKENS", "required"), ("VIEWER_KEY", "0123456789abcdef")).Problems);
    }

    [Fact]
    public void Secret_InAFile_IsReadFromThere()
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "0123456789abcdef\nfedcba9876543210\n");
            var keys = AccessOptions.Read(Configured.With(("API_KEY_FILE", file))).ApiKeys;
            Assert.True(keys.Contain("0123456789abcdef") && keys.Contain("fedcba9876543210"));

            Assert.StartsWith("API_KEY_FILE: ", Assert.Single(ReadAll(
                ("ENGINES", "127.0.0.1"), ("API_KEY_FILE", file), ("API_KEY", "0123456789abcdef")).Problems), StringComparison.Ordinal);
            File.WriteAllText(file, " \n");
            Assert.StartsWith("API_KEY_FILE: ", Assert.Single(ReadAll(("ENGINES", "127.0.0.1"), ("API_KEY_FILE", file)).Problems), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
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
