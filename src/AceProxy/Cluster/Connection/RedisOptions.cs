using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AceProxy.Settings;

namespace AceProxy.Cluster.Connection;

/// <summary>Where Redis is, and how it lets us in.</summary>
internal sealed record RedisOptions
{
    /// <summary>Nodes of a Redis Cluster, or a master and its replicas, or just one; empty: there is no Redis.</summary>
    public required IReadOnlyList<DnsEndPoint> Endpoints { get; init; }

    /// <summary>Empty: the user that Redis calls default.</summary>
    public required string User { get; init; }

    /// <summary>Empty: none. Never logged.</summary>
    public required string Password { get; init; }

    public required int Database { get; init; }

    public required bool Tls { get; init; }

    /// <summary>Who may have signed Redis's certificate; empty: whoever the system trusts.</summary>
    public required X509Certificate2Collection Authorities { get; init; }

    /// <summary>For a command's answer; whoever asked goes on as if Redis were away then.</summary>
    public required TimeSpan Timeout { get; init; }

    public static RedisOptions Read(SettingsReader settings)
    {
        string hosts = settings.Text(
            "REDIS_HOST", "", "host[:port], comma-separated",
            "Redis, for several workers: its address, or those of a Redis Cluster's nodes, or of a master and its replicas; unset: this worker is alone");
        int port = settings.Integer("REDIS_PORT", 6379, 1, 65535, "port", "Redis's port, where REDIS_HOST does not say");
        return new RedisOptions
        {
            Endpoints = [.. hosts.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Select(host => Parse(settings, host, port)).OfType<DnsEndPoint>()],
            User = ReadUser(settings),
            Password = settings.Secret("REDIS_PASSWORD", "text", "Redis's password"),
            Database = settings.Integer("REDIS_DATABASE", 0, 0, 1_000_000, "number", "which of Redis's databases; a Redis Cluster has only 0"),
            Tls = settings.Switch("REDIS_TLS", false, "talk to Redis over TLS; its certificate must be valid for REDIS_HOST"),
            Authorities = ReadAuthorities(settings),
            Timeout = settings.Seconds("REDIS_TIMEOUT", 1, 0.05, 30, "for an answer of Redis, before it counts as away"),
        };
    }

    /// <summary>Where it is, and nothing else: for logs.</summary>
    public override string ToString() => string.Join(", ", Endpoints.Select(endpoint => $"{endpoint.Host}:{endpoint.Port}"));

    private static DnsEndPoint? Parse(SettingsReader settings, string text, int port)
    {
        if (Uri.CheckHostName(text) is not UriHostNameType.Unknown)
        {
            return new DnsEndPoint(text, port);
        }

        if (Uri.TryCreate($"redis://{text}", UriKind.Absolute, out Uri? uri) && uri.PathAndQuery.Trim('/').Length == 0
            && uri.UserInfo.Length == 0 && uri.Port is > 0 and < 65536 && Uri.CheckHostName(uri.DnsSafeHost) is not UriHostNameType.Unknown)
        {
            return new DnsEndPoint(uri.DnsSafeHost, uri.Port);
        }

        string shown = text.Contains('@', StringComparison.Ordinal) ? $"…{text[text.LastIndexOf('@')..]}" : text; // a password before it, perhaps
        settings.Problem("REDIS_HOST", $"'{shown}' is not a host name or an address, with or without a port");
        return null;
    }

    private static string ReadUser(SettingsReader settings)
    {
        string user = settings.Text("REDIS_USER", "", "name", "the user to log in to Redis as; unset: Redis's 'default'");
#if !REDIS_USERS
        if (user.Length > 0 && user != "default")
        {
            settings.Problem(
                "REDIS_USER", $"'{user}': the Redis client that this was built with logs in only as 'default'; give that user what it needs and a password");
        }
#endif
        return user;
    }

    private static X509Certificate2Collection ReadAuthorities(SettingsReader settings)
    {
        const string Name = "REDIS_TLS_CA_FILE";
        var authorities = new X509Certificate2Collection();
        string file = settings.Text(Name, "", "path", "certificates (PEM) of who may have signed Redis's; unset: whoever the system trusts");
        if (file.Length > 0 && ReadFile(settings, Name, file) is { Length: > 0 } text)
        {
            try
            {
                authorities.ImportFromPem(text);
            }
            catch (CryptographicException)
            {
                authorities.Clear();
            }

            if (authorities.Count == 0)
            {
                settings.Problem(Name, $"there is no certificate in '{file}'");
            }
        }

        return authorities;
    }

    private static string ReadFile(SettingsReader settings, string name, string file)
    {
        try
        {
            string text = File.ReadAllText(file);
            if (string.IsNullOrWhiteSpace(text))
            {
                settings.Problem(name, $"'{file}' is empty");
            }

            return text;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            settings.Problem(name, $"'{file}' cannot be read: {exception.Message}");
            return "";
        }
    }
}
