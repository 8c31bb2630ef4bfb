using System.Runtime.CompilerServices;
using AceProxy.Hosting;
using AceProxy.Settings;

namespace AceProxy.Tests.Hosting;

/// <summary>What is written for operators is held against the code.</summary>
public sealed class DocumentationTests
{
    [Fact]
    public void EnvExample_IsWhatTheSettingsCommandPrints() =>
        Assert.Equal(EnvironmentFile.Of(ProxyApplication.KnownSettings()), Read(".env.example"));

    [Fact]
    public void Readme_HasARowForEverySettingWithItsDefault()
    {
        string readme = Read("README.md");
        Assert.All(ProxyApplication.KnownSettings(), setting =>
        {
            string value = setting.Default.Length == 0 ? "" : $"`{setting.Default}`";
            Assert.Contains($"| `{setting.Name}` | {value} | {setting.Unit} | {setting.Meaning} |", readme, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Readme_NamesEveryFolderOfTheProgram()
    {
        string readme = Read("README.md");
        string source = Path.Combine(Root(), "src", "AceProxy");
        IEnumerable<string> folders = Directory.EnumerateDirectories(source).Select(path => Path.GetFileName(path)!)
            .Where(name => name is not ("bin" or "obj"));
        Assert.All(folders, folder => Assert.Contains($"`{folder}/`", readme, StringComparison.Ordinal));
    }

    private static string Read(string file) => File.ReadAllText(Path.Combine(Root(), file));

    private static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../.."));
}
