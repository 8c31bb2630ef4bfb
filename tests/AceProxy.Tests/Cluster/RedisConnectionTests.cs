using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AceProxy.Cluster;
using AceProxy.Cluster.Connection;
using AceProxy.Tests.Functional;

namespace AceProxy.Tests.Cluster;

/// <summary>How Redis lets us in: passwords, TLS, databases.</summary>
public sealed class RedisConnectionTests
{
    private const string Password = "s3cret with space";

    [Fact]
    public async Task Password_Right_IsLetIn()
    {
        await using RedisServer redis = await RedisServer.StartAsync("--requirepass", Password);
        await using var connection = new ConnectionUnderTest(redis, ("REDIS_PASSWORD", Password));

        await connection.AssertWorksAsync();
        Assert.DoesNotContain("s3cret", connection.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Password_OfAnAccessList_IsLetIn()
    {
        await using RedisServer redis = await RedisServer.StartAsync("--user", "default", "on", ">listed", "~aceproxy:*", "&aceproxy:*", "+@all");
        await using var connection = new ConnectionUnderTest(redis, ("REDIS_PASSWORD", "listed"));

        await connection.AssertWorksAsync();
    }

    [Theory]
    [InlineData("not this one")]
    [InlineData("")]
    public async Task Password_Wrong_IsSaidAndNotShown(string password)
    {
        await using RedisServer redis = await RedisServer.StartAsync("--requirepass", Password);
        await using var connection = new ConnectionUnderTest(redis, ("REDIS_PASSWORD", password));

        await connection.AssertFailsAsync("password");
        Assert.DoesNotContain("not this one", connection.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Database_Chosen_HasTheKeys()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using var connection = new ConnectionUnderTest(redis, ("REDIS_DATABASE", "3"));

        await connection.AssertWorksAsync();

        Assert.Contains("db3:keys=1", await redis.RawAsync("INFO keyspace"), StringComparison.Ordinal);
    }

    /// <summary>Which the library finds out by itself once it knows how many there are, and throws before anything is sent.</summary>
    [Fact]
    public async Task Database_ThatThereIsNot_IsSaidAndThrowsNothing()
    {
        await using RedisServer redis = await RedisServer.StartAsync("--databases", "2");
        await using var connection = new ConnectionUnderTest(redis, ("REDIS_DATABASE", "2"));

        await SafetyNet.EventuallyAsync(
            async () =>
            {
                Assert.False((await connection.Redis.AskAsync(database => database.StringSetAsync("aceproxy:test", "1"), "aceproxy:test")).IsThere);
                return connection.Redis.Refusals > 1;
            },
            () => $"not said: {connection.Log}");

        Assert.Contains("refuses what concerns aceproxy:test", connection.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("return 'three'")]
    [InlineData("return 99999999999")]
    [InlineData("return {1, 2, 3}")]
    public async Task Reply_OfNoSense_IsNoAnswerAndSaysWhoseItWas(string script)
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using var connection = new ConnectionUnderTest(redis);

        Answer<int> answer = default;
        await SafetyNet.EventuallyAsync(
            async () =>
            {
                answer = await connection.Redis.RunAsync(new RedisScript(script), reply => (int)reply, ["aceproxy:test"]);
                return connection.Redis.Refusals > 0; // or a busy machine
            },
            () => $"not said: {connection.Log}");

        Assert.Equal(Answer<int>.None, answer);
        Assert.True(connection.Redis.IsThere);
        Assert.Contains("refuses what concerns aceproxy:test", connection.Log, StringComparison.Ordinal);
    }

    /// <summary>A handshake may take seconds; who asks waits for a moment.</summary>
    [Fact]
    public async Task Subscribe_RedisStandsStillForLongerThanOneWaits_HearsWhenItGoesOn()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await redis.StopAsync();
        await using var connection = new ConnectionUnderTest(redis, ("REDIS_TIMEOUT", "0.05"));
        var heard = new TaskCompletionSource();

        await using IAsyncDisposable subscription = await connection.Redis.SubscribeAsync(ClusterKeys.Slots, _ => heard.TrySetResult());
        Assert.False(connection.Redis.IsThere);
        await redis.ContinueAsync();

        await SafetyNet.EventuallyAsync(
            async () => heard.Task.IsCompleted || await redis.AskAsync($"PUBLISH {ClusterKeys.Slots} freed") == "", () => "it is not subscribed");
    }

    [Fact]
    public async Task Subscribe_RedisIsKnownToBeAway_WaitsForNothingAndHearsWhenItGoesOn()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using var connection = new ConnectionUnderTest(redis, ("REDIS_TIMEOUT", "0.5"));
        await connection.AssertWorksAsync();
        await redis.StopAsync();
        await SafetyNet.EventuallyAsync(
            async () =>
            {
                await connection.Redis.AskAsync(database => database.PingAsync());
                return connection.Redis.IsAway;
            },
            () => "it is not known to be away");
        var heard = new TaskCompletionSource();

        Task<IAsyncDisposable> subscribing = connection.Redis.SubscribeAsync(ClusterKeys.Slots, _ => heard.TrySetResult());
        Assert.True(subscribing.IsCompletedSuccessfully);
        await using IAsyncDisposable subscription = await subscribing;
        await redis.ContinueAsync();

        await SafetyNet.EventuallyAsync(
            async () => heard.Task.IsCompleted || await redis.AskAsync($"PUBLISH {ClusterKeys.Slots} freed") == "", () => "it is not subscribed");
    }

    /// <summary>Though the worker hears what it says to itself.</summary>
    [Fact]
    public async Task Subscribe_RedisRefuses_IsSaidAndHearsWhenItIsAllowed()
    {
        await using RedisServer redis = await RedisServer.StartAsync("--user", "default", "on", "nopass", "~*", "resetchannels", "&aceproxy:echo:*", "+@all");
        await using var connection = new ConnectionUnderTest(redis, ("WORKER_HEARTBEAT", "0.2"), ("REDIS_TIMEOUT", "5"));
        await connection.AssertWorksAsync();
        using SubscriptionWatch watch = connection.NewWatch();
        await watch.StartAsync(TestContext.Current.CancellationToken);
        var heard = new TaskCompletionSource();

        await using IAsyncDisposable subscription = await connection.Redis.SubscribeAsync(ClusterKeys.Slots, _ => heard.TrySetResult());
        Assert.True(connection.Redis.IsThere);
        Assert.Contains($"refuses what concerns {ClusterKeys.Slots}", connection.Log, StringComparison.Ordinal);
        Assert.Equal("+OK", await redis.AskAsync("ACL SETUSER default allchannels"));

        await SafetyNet.EventuallyAsync(
            async () => heard.Task.IsCompleted || await redis.AskAsync($"PUBLISH {ClusterKeys.Slots} freed") == "", () => "it is not subscribed");
        await watch.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Tls_SignedByTheAuthorityNamed_IsTrusted()
    {
        await using var tls = await TlsRedis.StartAsync();
        await using var connection = new ConnectionUnderTest(tls.Redis, [("REDIS_TLS_CA_FILE", tls.Authority), .. tls.Settings]);

        await connection.AssertWorksAsync();
    }

    [Fact]
    public async Task Tls_SignedByNobodyKnown_IsRefused()
    {
        await using var tls = await TlsRedis.StartAsync();
        await using var connection = new ConnectionUnderTest(tls.Redis, tls.Settings);

        await connection.AssertFailsAsync("certificate");
    }

    [Fact]
    public async Task Tls_SignedByAnother_IsRefused()
    {
        await using TlsRedis tls = await TlsRedis.StartAsync(), other = await TlsRedis.StartAsync();
        await using var connection = new ConnectionUnderTest(tls.Redis, [("REDIS_TLS_CA_FILE", other.Authority), .. tls.Settings]);

        await connection.AssertFailsAsync("certificate");
    }

    [Fact]
    public async Task Tls_ForAnotherName_IsRefused()
    {
        await using var tls = await TlsRedis.StartAsync("elsewhere.example");
        await using var connection = new ConnectionUnderTest(tls.Redis, [("REDIS_TLS_CA_FILE", tls.Authority), .. tls.Settings]);

        await connection.AssertFailsAsync("certificate");
    }

    /// <summary>redis-server with a certificate that an authority of its own has signed.</summary>
    private sealed class TlsRedis : IAsyncDisposable
    {
        private readonly DirectoryInfo _folder;

        private TlsRedis(DirectoryInfo folder, RedisServer redis, int port)
        {
            (_folder, Redis) = (folder, redis);
            Settings = [("REDIS_TLS", "on"), ("REDIS_PORT", $"{port}")];
        }

        public RedisServer Redis { get; }

        public (string Name, string Value)[] Settings { get; }

        public string Authority => Path.Combine(_folder.FullName, "ca.pem");

        /// <param name="name">What the certificate is for; null: where it is.</param>
        public static async Task<TlsRedis> StartAsync(string? name = null)
        {
            DirectoryInfo folder = Directory.CreateTempSubdirectory("tls-");
            DateTimeOffset from = DateTimeOffset.UtcNow.AddDays(-1), to = DateTimeOffset.UtcNow.AddDays(1);
            using ECDsa authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256), key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var authority = new CertificateRequest("CN=authority", authorityKey, HashAlgorithmName.SHA256);
            authority.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
            using X509Certificate2 signer = authority.CreateSelfSigned(from, to);
            var request = new CertificateRequest("CN=redis", key, HashAlgorithmName.SHA256);
            var names = new SubjectAlternativeNameBuilder();
            if (name is null)
            {
                names.AddIpAddress(IPAddress.Loopback);
            }
            else
            {
                names.AddDnsName(name);
            }

            request.CertificateExtensions.Add(names.Build());
            using X509Certificate2 certificate = request.Create(signer, from, to, [1, 2, 3, 4]);
            string Write(string file, string pem)
            {
                string path = Path.Combine(folder.FullName, file);
                File.WriteAllText(path, pem);
                return path;
            }

            string ca = Write("ca.pem", signer.ExportCertificatePem());
            int port = LoopbackPorts.TakeOne();
            RedisServer redis = await RedisServer.StartAsync(
                "--tls-port", $"{port}", "--tls-cert-file", Write("redis.pem", certificate.ExportCertificatePem()),
                "--tls-key-file", Write("redis.key", key.ExportPkcs8PrivateKeyPem()), "--tls-ca-cert-file", ca, "--tls-auth-clients", "no");
            return new TlsRedis(folder, redis, port);
        }

        public async ValueTask DisposeAsync()
        {
            await Redis.DisposeAsync();
            _folder.Delete(recursive: true);
        }
    }
}
