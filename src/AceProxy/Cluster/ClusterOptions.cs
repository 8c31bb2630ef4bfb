using AceProxy.Settings;

namespace AceProxy.Cluster;

/// <summary>Where Redis is, if there is one, and how a stream lies in it.</summary>
internal sealed record ClusterOptions
{
    /// <summary>Empty: this worker is alone.</summary>
    public required string RedisHost { get; init; }

    public required int RedisPort { get; init; }

    /// <summary>Bytes of a chunk in Redis.</summary>
    public required int ChunkSize { get; init; }

    public static ClusterOptions Read(SettingsReader settings)
    {
        string host = settings.Text("REDIS_HOST", "", "host", "Redis, for several workers; unset: this worker is alone");
        if (host.Length > 0 && Uri.CheckHostName(host) == UriHostNameType.Unknown)
        {
            settings.Problem("REDIS_HOST", $"'{host}' is not a host name or an address");
        }

        return new ClusterOptions
        {
            RedisHost = host,
            RedisPort = settings.Integer("REDIS_PORT", 6379, 1, 65535, "port", "Redis's port"),
            ChunkSize = settings.Integer("PROXY_CHUNK_SIZE", 1048576, 65536, 16777216, "bytes", "the size of a stream's chunks in Redis"),
        };
    }
}
