using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AceProxy.Delivery.Direct;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Settings;
using AceProxy.Tests.Functional;
using Microsoft.Extensions.DependencyInjection;

namespace AceProxy.Tests.Hosting;

/// <summary>Players over TLS, with a certificate that the test has made.</summary>
public sealed class TlsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("aceproxy-tls-");
    private readonly X509Certificate2 _certificate = SelfMade();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _certificate.Dispose();
        _folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("pem", "1.1")]
    [InlineData("pem", "2.0")]
    [InlineData("pfx", "1.1")]
    public async Task GetStream_OverTls_PlaysThroughTheOrdinaryResponseWriter(string kind, string version)
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped());
        await using RunningProxy proxy = await RunningProxy.StartAsync(
            engine, [("ASPNETCORE_URLS", "https://127.0.0.1:0"), ("PROXY_GRACE_PERIOD", "0"), .. Settings(kind)]);
        using var player = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            MaxResponseDrainSize = 0,
            SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, shown, _, _) => shown!.Equals(_certificate) },
        })
        {
            BaseAddress = proxy.Address,
            DefaultRequestVersion = new Version(version),
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

        using (Viewer viewer = await Viewer.JoinAsync(player, $"id={content.ContentId}"))
        {
            await viewer.UntilNewerThanAsync(DateTimeOffset.UtcNow);
            viewer.Checker.AssertGapless();
        }

        Assert.Equal(Uri.UriSchemeHttps, proxy.Address.Scheme);
        Assert.Equal(0, proxy.Services.GetRequiredService<DirectSender>().Joins);
        await proxy.SettledAsync(engine);
    }

    [Fact]
    public async Task Health_WorkerThatListensOverTlsOnly_IsAliveWhateverItsCertificateIsFor()
    {
        await using RunningProxy proxy = await RunningProxy.StartAsync([("ENGINES", "none"), ("ASPNETCORE_URLS", "https://127.0.0.1:0"), .. Settings("pem")]);

        ProgramRun run = await ProgramRun.ToEndAsync(["health"], [("ASPNETCORE_URLS", proxy.Address.ToString())], Cancellation);

        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
    }

    [Theory]
    [InlineData("none", "is not set")]
    [InlineData("missing", "cannot be used")]
    [InlineData("nonsense", "cannot be used")]
    [InlineData("no key", "cannot be used")]
    [InlineData("wrong password", "cannot be used")]
    public void Build_CertificateThatCannotBeUsed_IsAProblemThatNamesTheVariable(string kind, string words)
    {
        (string, string)[] settings = kind switch
        {
            "none" => [],
            "missing" => [("Kestrel:Certificates:Default:Path", Path.Combine(_folder.FullName, "missing.pfx"))],
            "nonsense" => [("Kestrel:Certificates:Default:Path", Written("nonsense.pfx", "nonsense"))],
            "no key" => [("Kestrel:Certificates:Default:Path", Written("cert.pem", _certificate.ExportCertificatePem()))],
            _ => [Settings("pfx")[0], ("Kestrel:Certificates:Default:Password", "wrong")],
        };

        var exception = Assert.Throws<SettingsException>(() => AceProxy.Hosting.ProxyApplication.Build(
            [new("ENGINES", "none"), new("ASPNETCORE_URLS", "https://127.0.0.1:0"), .. settings.Select(one => KeyValuePair.Create(one.Item1, (string?)one.Item2))]));

        string problem = Assert.Single(exception.Problems);
        Assert.StartsWith("Kestrel__Certificates__Default__Path: ", problem, StringComparison.Ordinal);
        Assert.Contains(words, problem, StringComparison.Ordinal);
    }

    private (string Name, string Value)[] Settings(string kind) => kind == "pem"
        ?
        [
            ("Kestrel:Certificates:Default:Path", Written("cert.pem", _certificate.ExportCertificatePem())),
            ("Kestrel:Certificates:Default:KeyPath", Written("key.pem", _certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem())),
        ]
        :
        [
            ("Kestrel:Certificates:Default:Path", Written("cert.pfx", _certificate.Export(X509ContentType.Pfx, "word"))),
            ("Kestrel:Certificates:Default:Password", "word"),
        ];

    private string Written(string name, string text) => Written(name, System.Text.Encoding.UTF8.GetBytes(text));

    private string Written(string name, byte[] bytes)
    {
        string path = Path.Combine(_folder.FullName, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private static X509Certificate2 SelfMade()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=proxy.example", key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
