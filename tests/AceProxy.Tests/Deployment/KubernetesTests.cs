using System.Globalization;
using System.Net;
using AceProxy.EngineSimulator;
using AceProxy.Hosting;
using AceProxy.Tests.Functional;
using AceProxy.Tests.Telemetry;
using YamlDotNet.RepresentationModel;

namespace AceProxy.Tests.Deployment;

/// <summary><c>deploy/kubernetes.yaml</c>, by parsing: what it names must exist, in itself and in the program.</summary>
public sealed class KubernetesTests
{
    private static readonly string[] Ours = ["gateway", "worker"];

    private readonly YamlMappingNode[] _all = Yaml.Documents(Deploy.Read("deploy/kubernetes.yaml"));

    private YamlMappingNode[] Workloads => [.. _all.Where(one => one.Text("kind") is "Deployment" or "StatefulSet")];

    [Fact]
    public void Documents_All_AreWhatATopologyNeeds()
    {
        Assert.All(_all, one => Assert.NotEmpty(one.Text("apiVersion")));
        Assert.Equal(
            [
                "ConfigMap aceproxy", "Deployment gateway", "Deployment redis", "Deployment worker", "HorizontalPodAutoscaler gateway",
                "HorizontalPodAutoscaler worker", "PodDisruptionBudget gateway", "PodDisruptionBudget worker", "Service aceproxy",
                "Service engine", "Service redis", "StatefulSet engine",
            ],
            _all.Select(one => $"{one.Text("kind")} {one.Text("metadata/name")}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Environment_OfOurs_HasOnlySettingsThatExistAndWhatTheyReferTo()
    {
        HashSet<string> known = [.. ProxyApplication.KnownSettings().Select(setting => setting.Name)];
        List<string> names = [.. _all.Single(one => one.Text("kind") == "ConfigMap").Map("data").Keys];
        foreach (YamlNode container in Ours.Select(Container))
        {
            Assert.Equal("aceproxy", container.List("envFrom").Single().Text("configMapRef/name"));
            YamlNode[] variables = container.List("env");
            names.AddRange(variables.Select(variable => variable.Text("name")).Where(name => !variables.Any(other => RefersTo(other, name))));
        }

        Assert.Contains("WORKER_ADDRESS", names);
        Assert.All(names, name => Assert.Contains(name, known));
    }

    [Fact]
    public void Selectors_All_MatchTheirPods()
    {
        Assert.All(Workloads, one => Assert.Equal(one.Text("spec/selector/matchLabels/app"), one.Text("spec/template/metadata/labels/app")));
        string[] pods = [.. Workloads.Select(one => one.Text("spec/template/metadata/labels/app"))];
        Assert.All(Of("Service"), one => Assert.Contains(one.Text("spec/selector/app"), pods));
        Assert.All(Of("PodDisruptionBudget"), one => Assert.Contains(one.Text("spec/selector/matchLabels/app"), pods));
        Assert.All(Of("HorizontalPodAutoscaler"), one => Assert.Single(
            Workloads, workload => workload.Text("kind") == one.Text("spec/scaleTargetRef/kind")
                && workload.Text("metadata/name") == one.Text("spec/scaleTargetRef/name")));
    }

    [Fact]
    public void Disruption_OfOurs_NeverTakesTheLastPod() => Assert.All(Of("PodDisruptionBudget"), budget => Assert.True(
        Number(budget, "spec/maxUnavailable") < Number(Autoscaler(budget.Text("metadata/name")), "spec/minReplicas")));

    [Fact]
    public void Autoscaling_OfOurs_GoesByWhatTheirContainersRequestAndIsNotUndoneByAnApply() => Assert.All(Ours, name =>
    {
        YamlNode[] metrics = Autoscaler(name).List("spec/metrics");
        Assert.NotEmpty(metrics);
        Assert.All(metrics, metric => Assert.Contains(metric.Text("resource/name"), Container(name).Map("resources/requests").Keys));
        Assert.Null(Workload(name).At("spec/replicas"));
    });

    [Fact]
    public async Task Autoscaling_ByPlayersAsItIsCommented_NamesAMetricThatThereIs()
    {
        string[] commented = [.. Deploy.Read("deploy/kubernetes.yaml").Split('\n')
            .Where(line => line.StartsWith("#   ", StringComparison.Ordinal)).Select(line => line[4..])];
        YamlNode[] items = Yaml.Documents(string.Join('\n', ["items:", .. commented])).Single().List("items");
        await using RunningProxy worker = await RunningProxy.StartAsync([("ENGINES", "none")]);

        Assert.Equal(2, items.Length);
        string metric = items[1].Text("pods/metric/name");
        Assert.StartsWith($"{metric}{{", items[0].Text("seriesQuery"), StringComparison.Ordinal);
        Assert.Contains(metric, (await Scrape.OfAsync(worker.Client)).Names);
        Assert.Equal("Pods", items[1].Text("type"));
    }

    [Fact]
    public void Readiness_OfAll_IsAsked() => Assert.All(Workloads, one => Assert.NotNull(Container(one.Text("metadata/name")).At("readinessProbe")));

    [Fact]
    public void Ports_NamedByServicesAndProbes_AreTheContainers()
    {
        Assert.All(Of("Service"), service => Assert.All(service.List("spec/ports"), port => Assert.Contains(
            port.Text("targetPort"), PortNames(Container(service.Text("spec/selector/app"))))));
        Assert.All(Workloads, one =>
        {
            YamlNode container = Container(one.Text("metadata/name"));
            Assert.All(Probes(container), probe => Assert.Contains(
                probe.At("httpGet") is null ? probe.Text("tcpSocket/port") : probe.Text("httpGet/port"), PortNames(container)));
        });
        Assert.All(Ours, name => Assert.Equal("8000", Container(name).List("ports").Single().Text("containerPort")));
        Assert.EndsWith(":8000", Map().Text("data/ASPNETCORE_URLS"), StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_OfHosts_NameServicesThereAre()
    {
        string[] services = [.. Of("Service").Select(service => service.Text("metadata/name"))];
        Assert.Contains(Map().Text("data/REDIS_HOST"), services);
        string[] engines = Map().Text("data/ENGINES_DNS").Split(':');
        YamlMappingNode service = Of("Service").Single(one => one.Text("metadata/name") == engines[0]);
        Assert.Equal(engines[1], service.List("spec/ports").Single().Text("port"));
        Assert.Equal("None", service.Text("spec/clusterIP")); // or a session's calls would go to different engines
    }

    [Fact]
    public async Task Probes_OfOurs_AskPathsThatAnswer()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        await using RunningProxy worker = await RunningProxy.StartAsync(engine);
        YamlNode[] probes = [.. Ours.SelectMany(name => Probes(Container(name)))];

        Assert.Equal(5, probes.Length);
        foreach (YamlNode probe in probes)
        {
            using HttpResponseMessage response = await worker.Client.GetAsync(probe.Text("httpGet/path"), TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
    }

    [Fact]
    public void Ending_OfAWorker_DrainsFromTheFirstMomentAndHasTimeLeft()
    {
        YamlNode worker = Container("worker");
        int drain = int.Parse(Setting(worker, "SHUTDOWN_DRAIN"), CultureInfo.InvariantCulture);

        Assert.Null(worker.At("lifecycle")); // before SIGTERM it would tell nobody
        Assert.InRange(drain, ReadinessFails(worker), 60);
        Assert.True(GracePeriod("worker") >= drain + 10);
    }

    [Fact]
    public void Ending_OfAGateway_WaitsUntilNobodyIsSentThereAndHasTimeLeft()
    {
        YamlNode gateway = Container("gateway");
        int sleep = Number(gateway, "lifecycle/preStop/sleep/seconds");

        Assert.InRange(sleep, ReadinessFails(gateway), 60);
        Assert.True(GracePeriod("gateway") >= sleep + 10);
    }

    [Fact]
    public void Containers_OfOurs_NeedNoRoot() => Assert.All(Ours, name => Assert.Equal("true", Container(name).Text("securityContext/runAsNonRoot")));

    [Fact]
    public void Variables_OfServiceLinks_AreNoSettingsOfOurs()
    {
        HashSet<string> known = [.. ProxyApplication.KnownSettings().Select(setting => setting.Name)];
        string[] services = [.. Of("Service").Where(one => one.At("spec/clusterIP") is not YamlScalarNode { Value: "None" })
            .Select(one => one.Text("metadata/name").ToUpperInvariant().Replace('-', '_'))];
        string[] mistaken = [.. services.SelectMany(name => new[] { $"{name}_PORT", $"{name}_SERVICE_HOST", $"{name}_SERVICE_PORT" }).Where(known.Contains)];

        Assert.Equal(["REDIS_PORT"], mistaken); // tcp://10.0.0.7:6379, which the program refuses; hence
        Assert.All(Ours, name => Assert.Equal("false", Workload(name).Text("spec/template/spec/enableServiceLinks")));
    }

    [Fact]
    public void TrustedProxies_OfWorkers_AreANetwork() => Assert.True(IPNetwork.TryParse(Setting(Container("worker"), "TRUSTED_PROXIES"), out _));

    [Fact]
    public void Redis_ThatIsFull_DropsWhatIsUsedTheLeast() => Deploy.AssertBoundedByUse(Container("redis").Texts("args"));

    /// <summary>How long it takes at most until the probe has failed, in s.</summary>
    private static int ReadinessFails(YamlNode container) =>
        Number(container, "readinessProbe/periodSeconds") * Number(container, "readinessProbe/failureThreshold");

    private static string Setting(YamlNode container, string name) =>
        container.List("env").Single(variable => variable.Text("name") == name).Text("value");

    private static bool RefersTo(YamlNode variable, string name) =>
        variable.At("value") is YamlScalarNode { Value: { } value } && value.Contains($"$({name})", StringComparison.Ordinal);

    private static YamlNode[] Probes(YamlNode container) =>
        [.. new[] { "startupProbe", "readinessProbe", "livenessProbe" }.Select(container.At).OfType<YamlNode>()];

    private static string[] PortNames(YamlNode container) => [.. container.List("ports").Select(port => port.Text("name"))];

    private static int Number(YamlNode node, string path) => int.Parse(node.Text(path), CultureInfo.InvariantCulture);

    private int GracePeriod(string workload) => Number(Workload(workload), "spec/template/spec/terminationGracePeriodSeconds");

    private YamlMappingNode Map() => _all.Single(one => one.Text("kind") == "ConfigMap");

    private YamlMappingNode[] Of(string kind) => [.. _all.Where(one => one.Text("kind") == kind)];

    private YamlMappingNode Workload(string name) => Workloads.Single(one => one.Text("metadata/name") == name);

    private YamlMappingNode Autoscaler(string name) => Of("HorizontalPodAutoscaler").Single(one => one.Text("spec/scaleTargetRef/name") == name);

    private YamlNode Container(string workload) => Workload(workload).List("spec/template/spec/containers").Single();
}
