using System.Globalization;
using System.Net;
using AceProxy.Hosting;
using YamlDotNet.RepresentationModel;

namespace AceProxy.Tests.Deployment;

/// <summary><c>docker-compose.yml</c> and the Dockerfile, by parsing: there is no container engine where the tests run.</summary>
public sealed class ComposeTests
{
    private readonly YamlMappingNode _compose = Yaml.Documents(Deploy.Read("docker-compose.yml")).Single();

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
        Assert.All(
            lines.Where(line => line.StartsWith("COPY ", StringComparison.Ordinal) && !line.Contains("--from", StringComparison.Ordinal)),
            line => Assert.All(line.Split(' ')[1..^1], source => Assert.True(Path.Exists(Deploy.PathOf(source)), source)));
    }

    private static Predicate<string> Is(string start) => line => line.StartsWith(start, StringComparison.Ordinal);
}
