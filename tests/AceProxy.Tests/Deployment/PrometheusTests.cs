using System.Text.Json;
using System.Text.RegularExpressions;
using AceProxy.Tests.Cluster;
using AceProxy.Tests.Functional;
using AceProxy.Tests.Telemetry;
using YamlDotNet.RepresentationModel;

namespace AceProxy.Tests.Deployment;

/// <summary><c>deploy/prometheus/</c> and <c>deploy/grafana/</c>: what they ask for must be there.</summary>
public sealed partial class PrometheusTests
{
    /// <summary>What PromQL itself and Prometheus bring.</summary>
    private static readonly HashSet<string> NotOurs =
    [
        "up", "sum", "min", "max", "count", "rate", "increase", "histogram_quantile", "min_over_time", "vector", "label_values", "or", "and", "by", "instance",
    ];

    [Theory]
    [InlineData("check", "config", "deploy/prometheus/prometheus.yml")]
    [InlineData("check", "rules", "deploy/prometheus/rules.yml")]
    [InlineData("test", "rules", "deploy/prometheus/rules_test.yml")]
    public async Task Files_All_PassPromtool(string verb, string what, string file)
    {
        ExternalTool.Require("promtool");

        (int exitCode, string output) = await ExternalTool.RunAsync("promtool", [verb, what, Deploy.PathOf(file)]);

        Assert.True(exitCode == 0, output);
        Assert.Contains("SUCCESS", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Scrape_Targets_AreServicesOfTheComposeFileAndAnswerAtMetrics()
    {
        YamlNode compose = Yaml.Documents(Deploy.Read("docker-compose.yml")).Single();
        YamlNode[] jobs = Yaml.Documents(Deploy.Read("deploy/prometheus/prometheus.yml")).Single().List("scrape_configs");
        string[] targets = [.. jobs.SelectMany(job => job.List("static_configs")).SelectMany(config => config.List("targets")).Select(target => target.ToString())];

        Assert.Equal(3, targets.Length);
        Assert.All(targets, target => Assert.EndsWith(":8000", compose.Text($"services/{target.Split(':')[0]}/environment/ASPNETCORE_URLS"), StringComparison.Ordinal));
        Assert.All(jobs, job => Assert.Matches("^aceproxy-", job.Text("job_name"))); // as the rules have it
    }

    [Fact]
    public async Task Expressions_OfRulesAndDashboard_UseOnlyMetricsThereAre()
    {
        await using RedisServer redis = RedisServer.Absent();
        await using RunningProxy worker = await RunningProxy.StartAsync([("ENGINES", "none"), .. redis.Settings]);
        await using RunningProxy gateway = await RunningProxy.StartAsync([("ROLE", "gateway"), .. redis.Settings]);
        HashSet<string> there = [.. (await Scrape.OfAsync(worker.Client)).Names, .. (await Scrape.OfAsync(gateway.Client)).Names];

        string[] expressions = [.. OfRules(), .. OfDashboard()];
        Assert.True(expressions.Length > 30);
        Assert.All(expressions, expression =>
        {
            string[] names = [.. NamesIn(expression)];
            Assert.NotEmpty(names);
            Assert.All(names, name => Assert.True(there.Contains(name) || name == "up", $"{name} in {expression}"));
        });
        Assert.Contains("no_such_metric", NamesIn("""sum by (le) (rate(no_such_metric{a="b"}[5m])) > 1e3"""));
    }

    [Fact]
    public void Dashboard_Panels_HaveTheirOwnPlacesAndTheDataSourceThatIsChosen()
    {
        using JsonDocument dashboard = JsonDocument.Parse(Deploy.Read("deploy/grafana/aceproxy.json"));
        JsonElement[] panels = [.. dashboard.RootElement.GetProperty("panels").EnumerateArray()];

        Assert.Equal(panels.Length, panels.Select(panel => panel.GetProperty("id").GetInt32()).Distinct().Count());
        Assert.All(panels, panel => Assert.Equal("${datasource}", panel.GetProperty("datasource").GetProperty("uid").GetString()));
        var taken = new HashSet<(int, int)>();
        Assert.All(panels, panel =>
        {
            JsonElement place = panel.GetProperty("gridPos");
            int x = place.GetProperty("x").GetInt32(), y = place.GetProperty("y").GetInt32();
            for (int at = 0; at < place.GetProperty("w").GetInt32() * place.GetProperty("h").GetInt32(); at++)
            {
                int column = x + (at % place.GetProperty("w").GetInt32());
                Assert.InRange(column, 0, 23);
                Assert.True(taken.Add((column, y + (at / place.GetProperty("w").GetInt32()))), "two panels overlap");
            }
        });
    }

    private static IEnumerable<string> OfRules() => Yaml.Documents(Deploy.Read("deploy/prometheus/rules.yml")).Single().List("groups")
        .SelectMany(group => group.List("rules")).Select(rule => rule.Text("expr"));

    private static IEnumerable<string> OfDashboard()
    {
        using JsonDocument dashboard = JsonDocument.Parse(Deploy.Read("deploy/grafana/aceproxy.json"));
        JsonElement root = dashboard.RootElement;
        return
        [
            .. root.GetProperty("panels").EnumerateArray().SelectMany(panel => panel.GetProperty("targets").EnumerateArray())
                .Select(target => target.GetProperty("expr").GetString()!),
            .. root.GetProperty("templating").GetProperty("list").EnumerateArray()
                .Where(variable => variable.GetProperty("type").GetString() == "query").Select(variable => variable.GetProperty("query").GetString()!),
        ];
    }

    /// <summary>What is left of a query without its selectors, ranges and groupings, and without PromQL's own words.</summary>
    private static IEnumerable<string> NamesIn(string expression) =>
        Name().Matches(Beside().Replace(expression, " ")).Select(match => match.Value).Where(name => name == "up" || !NotOurs.Contains(name)).Distinct();

    [GeneratedRegex("""\{[^}]*\}|\[[^\]]*\]|\bby\s*\([^)]*\)""")]
    private static partial Regex Beside();

    [GeneratedRegex("""(?<![\w.$])[a-zA-Z_:][\w:]*""")]
    private static partial Regex Name();
}
