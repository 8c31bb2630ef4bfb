using AceProxy.Cluster;
using AceProxy.Cluster.Connection;
using AceProxy.Settings;
using AceProxy.Tests.Settings;

namespace AceProxy.Tests.Cluster;

public sealed class RedisOptionsTests
{
    [Theory]
    [InlineData("redis", "redis:6400")]
    [InlineData("redis:7000", "redis:7000")]
    [InlineData("10.0.0.1, 10.0.0.2:7001,", "10.0.0.1:6400, 10.0.0.2:7001")]
    [InlineData("::1", "::1:6400")]
    [InlineData("[::1]:7000", "::1:7000")]
    public void Read_Addresses_AreUnderstood(string text, string expected)
    {
        SettingsReader settings = Configured.With(("REDIS_HOST", text), ("REDIS_PORT", "6400"));

        Assert.Equal(expected, RedisOptions.Read(settings).ToString());
        Assert.Empty(settings.Problems);
    }

    [Theory]
    [InlineData("REDIS_HOST", "red is")]
    [InlineData("REDIS_HOST", "redis:0")]
    [InlineData("REDIS_HOST", "redis:70000")]
    [InlineData("REDIS_HOST", "redis/3")]
    [InlineData("REDIS_HOST", "one,two:x")]
    [InlineData("REDIS_DATABASE", "-1")]
    [InlineData("REDIS_TLS", "yes")]
    [InlineData("REDIS_USER", "worker")]
    [InlineData("REDIS_PASSWORD_FILE", "/nowhere/secret")]
    [InlineData("REDIS_TLS_CA_FILE", "/nowhere/ca.pem")]
    public void Read_AWrongValue_IsNamed(string name, string value)
    {
        SettingsReader settings = Configured.With(name == "REDIS_HOST" ? [(name, value)] : [("REDIS_HOST", "redis"), (name, value)]);
        RedisOptions.Read(settings);

        Assert.StartsWith($"{name}: ", Assert.Single(settings.Problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("user:hidden@redis")]
    [InlineData("redis://user:hidden@redis:6379")]
    public void Read_PasswordInTheAddress_IsRefusedAndNotShown(string address)
    {
        SettingsReader settings = Configured.With(("REDIS_HOST", address));
        RedisOptions.Read(settings);

        Assert.DoesNotContain("hidden", Assert.Single(settings.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_PasswordFile_IsReadToItsLineEnd()
    {
        string file = Path.GetTempFileName();
        File.WriteAllText(file, " hidden \n");
        SettingsReader settings = Configured.With(("REDIS_HOST", "redis"), ("REDIS_PASSWORD_FILE", file));
        var options = ClusterOptions.Read(settings);
        File.Delete(file);

        Assert.Equal(" hidden ", options.Redis.Password);
        Assert.Empty(settings.Problems);
        Assert.DoesNotContain("hidden", options.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("REDIS_PASSWORD_FILE", "")]
    [InlineData("REDIS_TLS_CA_FILE", "no certificate")]
    public void Read_AFileWithNothingInIt_IsNamed(string name, string content)
    {
        string file = Path.GetTempFileName();
        File.WriteAllText(file, content);
        SettingsReader settings = Configured.With(("REDIS_HOST", "redis"), (name, file));
        RedisOptions.Read(settings);
        File.Delete(file);

        string problem = Assert.Single(settings.Problems);
        Assert.StartsWith($"{name}: ", problem, StringComparison.Ordinal);
        Assert.Contains(file, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_PasswordTwice_IsNamed()
    {
        string file = Path.GetTempFileName();
        File.WriteAllText(file, "hidden");
        SettingsReader settings = Configured.With(("REDIS_HOST", "redis"), ("REDIS_PASSWORD_FILE", file), ("REDIS_PASSWORD", "other"));
        RedisOptions.Read(settings);
        File.Delete(file);

        Assert.StartsWith("REDIS_PASSWORD_FILE: ", Assert.Single(settings.Problems), StringComparison.Ordinal);
    }
}
