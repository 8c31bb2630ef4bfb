using System.Globalization;
using AceProxy.Hosting;
using AceProxy.Tests.Functional;

namespace AceProxy.Tests.Deployment;

/// <summary><c>deploy/systemd/aceproxy.service</c>, as systemd itself reads it; no systemd runs where the tests do.</summary>
public sealed class SystemdTests
{
    private static readonly string[] Lines = Deploy.Read("deploy/systemd/aceproxy.service").Split('\n');

    [Fact]
    public async Task Unit_AsSystemdReadsIt_HasNothingThatItDoesNotKnow()
    {
        ExternalTool.Require("systemd-analyze");

        (int exitCode, string output) = await AnalyzeAsync("verify");

        Assert.True((exitCode, output.Trim()) == (0, ""), output);
    }

    [Fact]
    public async Task Unit_AsSystemdJudgesIt_IsExposedToLittleButTheNetwork()
    {
        ExternalTool.Require("systemd-analyze");

        (int exitCode, string output) = await AnalyzeAsync("security", "--offline=true", "--no-pager", "--threshold=16"); // of 100

        Assert.True(exitCode == 0, output);
    }

    [Fact]
    public void Environment_OfTheUnit_HasOnlySettingsThatExist()
    {
        HashSet<string> known = [.. ProxyApplication.KnownSettings().Select(setting => setting.Name), "DOTNET_EnableDiagnostics"];
        string[] set = [.. Lines.Where(line => line.TrimStart('#').StartsWith("Environment=", StringComparison.Ordinal)).Select(line => line.Split('=')[1])];

        Assert.Equal(3, set.Length);
        Assert.All(set, name => Assert.Contains(name, known));
    }

    [Fact]
    public void Stop_AsTheProgramEnds_HasTimeAndAWrongConfigurationIsNotTriedAgain()
    {
        int drain = int.Parse(Value("Environment=SHUTDOWN_DRAIN"), CultureInfo.InvariantCulture);
        Assert.InRange(drain, 4, 60);
        Assert.True(int.Parse(Value("TimeoutStopSec"), CultureInfo.InvariantCulture) >= drain + 10);
        Assert.Equal("2", Value("RestartPreventExitStatus"));
    }

    private static string Value(string name) => Lines.Single(line => line.StartsWith($"{name}=", StringComparison.Ordinal))[(name.Length + 1)..];

    /// <summary>With a program that exists everywhere in the place of ours, which is not installed here.</summary>
    private static async Task<(int ExitCode, string Output)> AnalyzeAsync(string verb, params string[] options)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("aceproxy-unit-");
        try
        {
            string file = Path.Combine(folder.FullName, "aceproxy.service");
            await File.WriteAllLinesAsync(
                file, Lines.Select(line => line.StartsWith("ExecStart=", StringComparison.Ordinal) ? "ExecStart=/bin/true" : line),
                TestContext.Current.CancellationToken);
            return await ExternalTool.RunAsync("systemd-analyze", [verb, .. options, file]);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
