using AceProxy.Settings;

namespace AceProxy.LiveStreams;

/// <summary>How long streams and clients are kept without a sign of life.</summary>
internal sealed record LiveStreamOptions
{
    /// <summary>How long a stream goes on after its last client has left, so that the next finds it warm.</summary>
    public required TimeSpan GracePeriod { get; init; }

    /// <summary>A stream that has no data so long after it was asked for fails.</summary>
    public required TimeSpan InitTimeout { get; init; }

    /// <summary>A client whose socket has accepted nothing for so long, although there was something to send, is ended.</summary>
    public required TimeSpan ClientStallTimeout { get; init; }

    /// <summary>A client without a heartbeat for so long is taken for a ghost.</summary>
    public required TimeSpan ClientTtl { get; init; }

    /// <summary>
    /// How often each client's progress is noted, and told to other workers. Both take their time, so it is at most a quarter of
    /// <see cref="ClientTtl"/>: one that is well must never be taken for a ghost.
    /// </summary>
    public required TimeSpan HeartbeatInterval { get; init; }

    /// <summary>How often ghosts are looked for.</summary>
    public required TimeSpan CleanupInterval { get; init; }

    public static LiveStreamOptions Read(SettingsReader settings)
    {
        var options = new LiveStreamOptions
        {
            GracePeriod = settings.Seconds("PROXY_GRACE_PERIOD", 5, 0, 3600, "how long a stream goes on after its last client has left"),
            InitTimeout = settings.Seconds("PROXY_INIT_TIMEOUT", 30, 0.1, 600, "from a stream's first request to its first data"),
            ClientStallTimeout = settings.Seconds(
                "CLIENT_STALL_TIMEOUT", 60, 0.5, 3600, "a client that accepts nothing for so long, with data waiting, is ended"),
            ClientTtl = settings.Seconds("PROXY_CLIENT_TTL", 60, 0.5, 3600, "a client without a heartbeat for so long is forgotten"),
            HeartbeatInterval = settings.Seconds(
                "PROXY_HEARTBEAT_INTERVAL", 10, 0.1, 3600, "how often each client's progress is noted; at least four times in PROXY_CLIENT_TTL"),
            CleanupInterval = settings.Seconds("PROXY_CLEANUP_INTERVAL", 60, 0.1, 3600, "how often clients without a heartbeat are looked for"),
        };
        TimeSpan longest = options.ClientTtl / 4;
        return options.HeartbeatInterval > longest ? options with { HeartbeatInterval = longest } : options;
    }
}
