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

    public static ClusterOptions Read(SettingsReader settings) => new()
    {
        RedisHost = settings.Text("REDIS_HOST", "", "host", "Redis, for several workers; unset: this worker is alone"),
        RedisPort = settings.Integer("REDIS_PORT", 6379, 1, 65535, "port", "Redis's port"),
        ChunkSize = settings.Integer("PROXY_CHUNK_SIZE", 1048576, 65536, 16777216, "bytes", "the size of a stream's chunks in Redis"),
    };
}
