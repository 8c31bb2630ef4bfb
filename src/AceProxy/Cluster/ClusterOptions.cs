using AceProxy.Cluster.Connection;
using AceProxy.Settings;

namespace AceProxy.Cluster;

/// <summary>Where Redis is, if there is one, who this worker is, and how a stream lies in Redis.</summary>
internal sealed record ClusterOptions
{
    /// <summary>Of any worker.</summary>
    public static readonly TimeSpan LongestHeartbeat = TimeSpan.FromMinutes(1);

    /// <summary>Of any worker.</summary>
    public static readonly TimeSpan LongestLease = TimeSpan.FromMinutes(5);

    public required RedisOptions Redis { get; init; }

    /// <summary>The most bytes of a stream in one value.</summary>
    public required int ChunkSize { get; init; }

    /// <summary>How long a stream's owner is believed without a sign of life.</summary>
    public required TimeSpan LeaseTime { get; init; }

    /// <summary>Its name among the workers; empty: one is made up at each start.</summary>
    public required string WorkerId { get; init; }

    /// <summary>Where a gateway reaches this worker; empty: the host's name and the port it listens on.</summary>
    public required string WorkerAddress { get; init; }

    /// <summary>How often the worker tells that it is there, and how it fares.</summary>
    public required TimeSpan WorkerHeartbeat { get; init; }

    /// <summary>For other workers' answers to a command.</summary>
    public required TimeSpan ReplyTimeout { get; init; }

    public bool IsAlone => Redis.Endpoints.Count == 0;

    public static ClusterOptions Read(SettingsReader settings)
    {
        var options = new ClusterOptions
        {
            Redis = RedisOptions.Read(settings),
            ChunkSize = settings.Integer("PROXY_CHUNK_SIZE", 1048576, 65536, 16777216, "bytes", "the size of a stream's chunks in Redis"),
            LeaseTime = settings.Seconds(
                "PROXY_LEASE_TIME", 6, 1, LongestLease.TotalSeconds, "how long a stream's owner may be silent before another worker takes over"),
            WorkerId = settings.Text("WORKER_ID", "", "text", "the worker's name among the workers, unique; unset: made up at each start"),
            WorkerAddress = settings.Text(
                "WORKER_ADDRESS", "", "URL", "where a gateway reaches this worker; unset: the host's name and the port it listens on"),
            WorkerHeartbeat = settings.Seconds(
                "WORKER_HEARTBEAT", 2, 0.1, LongestHeartbeat.TotalSeconds, "how often a worker tells that it is there; missed five times it is gone"),
            ReplyTimeout = settings.Seconds("WORKER_REPLY_TIMEOUT", 2, 0.1, 60, "for other workers' answers to the API"),
        };
        if (options.WorkerId.Any(letter => !char.IsAsciiLetterOrDigit(letter) && letter is not ('-' or '.' or '_')))
        {
            settings.Problem("WORKER_ID", $"'{options.WorkerId}' may have letters, digits, dots, dashes and underscores");
        }

        if (options.WorkerAddress.Length > 0
            && !(Uri.TryCreate(options.WorkerAddress, UriKind.Absolute, out Uri? address) && address.Scheme == Uri.UriSchemeHttp))
        {
            settings.Problem("WORKER_ADDRESS", $"'{options.WorkerAddress}' is not a URL such as http://10.0.0.7:8000");
        }

        return options;
    }
}
