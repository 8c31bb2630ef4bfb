using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using AceProxy.Cluster;
using AceProxy.Gateway;
using AceProxy.Hosting;
using AceProxy.Settings;
using AceProxy.Tests.Cluster;
using AceProxy.Tests.Functional;
using AceProxy.Tests.Settings;
using YamlDotNet.RepresentationModel;

namespace AceProxy.Tests.Deployment;

/// <summary><c>docker-compose.yml</c> and the Dockerfile, by parsing: there is no container engine where the tests run.</summary>
public sealed class ComposeTests
{
    private readonly YamlMappingNode _compose = Yaml.Documents(Deploy.Read("docker-compose.yml")).Single();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Dictionary<string, YamlNode> Services => _compose.Map("services");

    /// <summary>Those that are this program.</summary>
    private Dictionary<string, YamlNode> Ours => Services.Where(service => service.Value.At("build") is not null).ToDictionary();

    private Dictionary<string, YamlNode> Workers => Ours.Where(service => service.Key.StartsWith("worker", StringComparison.Ordinal)).ToDictionary();

    [Fact]
    public void Services_All_AreTheTopology() =>
        Assert.Equal(["engine", "gateway", "redis", "worker1", "worker2"], Services.Keys.Order());

    [Fact]
    public void Environment_OfOurs_HasOnlySettingsThatExist()
    {
        HashSet<string> known = [.. ProxyApplication.KnownSettings().Select(setting => setting.Name)];

        Assert.Equal(3, Ours.Count);
        Assert.All(Ours.Values.SelectMany(service => service.Map("environment").Keys), name => Assert.Contains(name, known));
    }

    [Fact]
    public void Environment_UnderAnEnvFileThatSetsWhatEachMustHaveForItself_Wins()
    {
        (string Name, string Value)[] file =
        [
            ("ROLE", "gateway"), ("WORKER_ID", "one"), ("WORKER_ADDRESS", "http://one:1"), ("ASPNETCORE_URLS", "http://+:1"), ("GATEWAY_MODE", "redirect"),
            ("REDIS_HOST", "elsewhere"), ("REDIS_PORT", "7000"), ("REDIS_USER", "default"), ("REDIS_PASSWORD", "hidden"),
            ("REDIS_PASSWORD_FILE", "/nowhere"), ("REDIS_TLS", "on"), ("REDIS_TLS_CA_FILE", "/nowhere"), ("REDIS_DATABASE", "3"), ("SHUTDOWN_DRAIN", "3600"),
        ];
        foreach ((string name, YamlNode service) in Ours)
        {
            Dictionary<string, string?> both = file.ToDictionary(setting => setting.Name, setting => (string?)setting.Value);
            foreach ((string variable, YamlNode value) in service.Map("environment"))
            {
                both[variable] = Deploy.Interpolate(value.ToString(), "hidden");
            }

            SettingsReader settings = Configured.With([.. both.Select(setting => (setting.Key, setting.Value))]);
            var options = ClusterOptions.Read(settings);
            Assert.Equal("redis:6379", options.Redis.ToString());
            Assert.Equal(("", "hidden", false, 3), (options.Redis.User, options.Redis.Password, options.Redis.Tls, options.Redis.Database));
            Assert.Equal(name == "gateway" ? Role.Gateway : Role.Worker, Roles.Read(settings));
            Assert.Equal(GatewayMode.Proxy, name == "gateway" ? GatewayOptions.Read(settings).Mode : GatewayMode.Proxy);
            Assert.Equal("http://+:8000", both["ASPNETCORE_URLS"]);
            Assert.Equal("", name == "gateway" ? "" : options.WorkerId); // two that are called the same take each other's streams
            Assert.Empty(settings.Problems);
        }
    }

    [Fact]
    public void EnvFile_OfOurs_IsTheSameAndMayBeAbsent() => Assert.All(Ours.Values, service =>
        Assert.Equal((".env", "false"), (service.List("env_file").Single().Text("path"), service.List("env_file").Single().Text("required"))));

    [Fact]
    public void Volumes_OfTheTopology_KeepRedissSnapshotByNameAndEachEnginesHomeForItself()
    {
        Assert.Equal(["redis"], _compose.Map("volumes").Keys);
        Assert.Equal(["redis:/data"], Services["redis"].Texts("volumes"));
        Assert.Equal(["/home/appuser"], Services["engine"].Texts("volumes")); // with a name, engines that are scaled would share it
        Assert.All(Services.Values, service => Assert.Null(service.At("tmpfs")));
        Assert.All(Ours.Values, service => Assert.Null(service.At("volumes"))); // they write nothing
    }

    [Theory]
    [InlineData("")]
    [InlineData("a p$ss 'word\"")]
    public async Task Redis_AsItIsShipped_WantsThePasswordOfTheEnvFileAndKeepsOrdersWhenItIsToldToEnd(string password)
    {
        string[] command = [.. Services["redis"].Texts("command").Select(word => Deploy.Interpolate(word, password))];
        Assert.Equal("redis-server", command[0]);
        await using RedisServer redis = await RedisServer.StartAsync(command[1..]);
        Assert.StartsWith(password.Length == 0 ? "+PONG" : "-NOAUTH", await redis.AskAsync("PING"), StringComparison.Ordinal);
        Assert.Equal(0, (await CheckAsync(redis, Deploy.Interpolate(Services["redis"].Text("environment/REDISCLI_AUTH"), password))).ExitCode);
        await using RedisServer absent = RedisServer.Absent();
        Assert.NotEqual(0, (await CheckAsync(absent, password)).ExitCode);
        (string, string)[] settings =
        [
            .. Services["worker1"].Map("environment").Where(variable => variable.Key.StartsWith("REDIS_", StringComparison.Ordinal))
                .Select(variable => (variable.Key, Deploy.Interpolate(variable.Value.ToString(), password))),
            .. redis.Settings, ("ENGINES", "none"),
        ];

        await using (RunningProxy worker = await RunningProxy.StartAsync(settings))
        {
            using HttpResponseMessage registered = await worker.Client.PostAsJsonAsync("/api/engines", new { host = "127.66.66.66" }, Cancellation);
            Assert.Equal(HttpStatusCode.Created, registered.StatusCode);
            await SafetyNet.EventuallyAsync(
                async () => (await CommandAsync(redis, password, "hlen", "aceproxy:orders")).Trim() == "1", () => "the worker does not get in");
        }

        Assert.False(redis.HasSnapshot); // nothing is written while it runs
        await redis.EndAsync();
        Assert.True(redis.HasSnapshot);
        await redis.RestartAsync();
        await using RunningProxy next = await RunningProxy.StartAsync(settings);
        await SafetyNet.EventuallyAsync(
            () => next.Catalog.Engines.Any(engine => engine.Address.Id == "127.66.66.66:6878"), () => "what the operator registered is gone");
    }

    [Fact]
    public void Workers_All_AreReachedByTheirOwnNameAndPlainPort() => Assert.All(
        Workers, service => Assert.Equal($"http://{service.Key}:8000", service.Value.Text("environment/WORKER_ADDRESS")));

    [Fact]
    public void TrustedProxies_OfWorkers_AreTheNetworkThatAllAreIn()
    {
        string subnet = _compose.List("networks/default/ipam/config").Single().Text("subnet");

        Assert.True(IPNetwork.TryParse(subnet, out _));
        Assert.All(Workers.Values, service => Assert.Equal(subnet, service.Text("environment/TRUSTED_PROXIES")));
        Assert.All(Services.Values, service => Assert.Null(service.At("networks"))); // or it would not be in the default one
    }

    [Fact]
    public void Ending_OfWorkers_DrainsAndHasTimeLeft() => Assert.All(Workers.Values, service =>
    {
        int drain = int.Parse(service.Text("environment/SHUTDOWN_DRAIN"), CultureInfo.InvariantCulture);
        Assert.InRange(drain, 4, 60); // gateways ask /readyz every 2 s
        Assert.True(int.Parse(service.Text("stop_grace_period").TrimEnd('s'), CultureInfo.InvariantCulture) >= drain + 10);
    });

    [Fact]
    public void Redis_ThatIsFull_DropsWhatIsUsedTheLeast() => Deploy.AssertBoundedByUse(Services["redis"].Texts("command"));

    [Fact]
    public void Hosts_NamedInSettings_AreServices()
    {
        Assert.All(Ours.Values, service => Assert.Contains(service.Text("environment/REDIS_HOST"), Services.Keys));
        Assert.All(
            Ours.Values.Select(service => service.Map("environment")).Where(settings => settings.ContainsKey("ENGINES_DNS")),
            settings => Assert.Contains(settings["ENGINES_DNS"].ToString().Split(':')[0], Services.Keys));
        Assert.All(Services.Values.SelectMany(service => service.Map("depends_on").Keys), name => Assert.Contains(name, Services.Keys));
    }

    [Fact]
    public void Services_ThatOthersWaitFor_HaveAHealthCheck()
    {
        Assert.All(Services.Values, service => Assert.NotEmpty(service.Texts("healthcheck/test")));
        Assert.All(Ours.Values, service => Assert.Equal(["CMD", "/app/aceproxy", "health"], service.Texts("healthcheck/test")));
    }

    [Fact]
    public void Ports_Published_AreTheGatewaysOnly()
    {
        Assert.Equal(["8000:8000"], Services["gateway"].Texts("ports"));
        Assert.All(Services.Where(service => service.Key != "gateway"), service => Assert.Empty(service.Value.Texts("ports")));
        Assert.Equal(["gateway"], Services["gateway"].Texts("command"));
    }

    [Fact]
    public void Dockerfile_TheImage_IsBuiltFromFilesThereAreAndRunsAsNobodySpecial()
    {
        string[] lines = Deploy.Read(_compose.Text("services/gateway/build/dockerfile")).Split('\n');

        Assert.True(Array.FindLastIndex(lines, Is("USER $APP_UID")) > Array.FindLastIndex(lines, Is("FROM ")));
        Assert.Contains(lines, Is("HEALTHCHECK "));
        Assert.Contains(lines, Is("EXPOSE 8000"));
        Assert.Contains(lines, Is("""ENTRYPOINT ["/app/aceproxy"]"""));
    }

    [Fact]
    public void Dockerfile_WhatIsCopied_IsThereAndAdmittedAndAllThatTheBuildGoesBy()
    {
        string[] copied = [.. Deploy.Read(_compose.Text("services/gateway/build/dockerfile")).Split('\n')
            .Where(line => line.StartsWith("COPY ", StringComparison.Ordinal) && !line.Contains("--from", StringComparison.Ordinal))
            .SelectMany(line => line.Split(' ')[1..^1])];
        string[] admitted = [.. Deploy.Read(".dockerignore").Split('\n').Where(line => line.StartsWith('!')).Select(line => line[1..])];

        Assert.All(copied, source => Assert.True(Path.Exists(Deploy.PathOf(source)), source));
        Assert.Equal(copied.Order(), admitted.Order()); // and nothing that changes without the image
        Assert.Equal([".editorconfig", "src/"], copied.Order()); // warnings are errors, and the former says which there are
    }

    /// <summary>The service's own health check, at that server's port.</summary>
    private Task<(int ExitCode, string Output)> CheckAsync(RedisServer redis, string password)
    {
        string[] check = Services["redis"].Texts("healthcheck/test");
        Assert.Equal("CMD-SHELL", check[0]);
        string atItsPort = check[1].Replace("redis-cli", string.Create(CultureInfo.InvariantCulture, $"redis-cli -p {redis.Port}"), StringComparison.Ordinal);
        return ExternalTool.RunAsync("env", [$"REDISCLI_AUTH={password}", "sh", "-c", atItsPort]);
    }

    private static async Task<string> CommandAsync(RedisServer redis, string password, params string[] words)
    {
        string[] login = password.Length == 0 ? [] : [$"REDISCLI_AUTH={password}"];
        return (await ExternalTool.RunAsync("env", [.. login, "redis-cli", "-p", redis.Port.ToString(CultureInfo.InvariantCulture), .. words])).Output;
    }

    private static Predicate<string> Is(string start) => line => line.StartsWith(start, StringComparison.Ordinal);
}
