using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using StackExchange.Redis;

namespace AceProxy.Cluster.Connection;

/// <summary>What the client library is told.</summary>
internal static class ConnectionSetup
{
    /// <summary>On a busy machine a handshake takes longer than a command, and one that is given up begins again from nothing.</summary>
    private static readonly TimeSpan LeastConnectTime = TimeSpan.FromSeconds(5);

    /// <summary>For a new connection.</summary>
    public static TimeSpan ConnectTime(RedisOptions options) => options.Timeout > LeastConnectTime ? options.Timeout : LeastConnectTime;

    public static ConfigurationOptions Of(RedisOptions options)
    {
        var configuration = new ConfigurationOptions
        {
            AbortOnConnectFail = false, // Redis may come later
            ConnectTimeout = (int)ConnectTime(options).TotalMilliseconds, // of the library's own attempts; who asks waits for its own limit
            SyncTimeout = (int)options.Timeout.TotalMilliseconds,
            ConnectRetry = 1,
            KeepAlive = 5, // s; writes only: that nothing comes back is noticed by RedisLink
            ConfigCheckSeconds = 5, // which of several is the master now
            ReconnectRetryPolicy = new LinearRetry(500), // ms
            ClientName = "aceproxy",
            DefaultDatabase = options.Database,
            Password = options.Password.Length > 0 ? options.Password : null,
            Ssl = options.Tls,
            SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        };
#if REDIS_USERS
        configuration.User = options.User.Length > 0 ? options.User : null;
#endif
        foreach (DnsEndPoint endpoint in options.Endpoints)
        {
            configuration.EndPoints.Add(endpoint.Host, endpoint.Port);
        }

        if (options.Authorities.Count > 0)
        {
            configuration.CertificateValidation += (_, certificate, chain, errors) => IsTrusted(options.Authorities, certificate, chain, errors);
        }

        return configuration;
    }

    /// <summary>The name must be right in any case; who has signed is ours to say.</summary>
    private static bool IsTrusted(X509Certificate2Collection authorities, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != 0 || certificate is not X509Certificate2 leaf)
        {
            return errors == SslPolicyErrors.None;
        }

        using var ours = new X509Chain();
        ours.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        ours.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        ours.ChainPolicy.CustomTrustStore.AddRange(authorities);
        ours.ChainPolicy.ExtraStore.AddRange(chain?.ChainPolicy.ExtraStore ?? []);
        return ours.Build(leaf);
    }
}
