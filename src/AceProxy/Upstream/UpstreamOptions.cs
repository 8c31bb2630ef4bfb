using AceProxy.Settings;

namespace AceProxy.Upstream;

/// <summary>How long each phase of reading a playback URL may be silent, and how hard to try again. There is no limit on the whole.</summary>
internal sealed record UpstreamOptions
{
    /// <summary>Until the response's header; engines withhold it while they prebuffer, 10 to 60 s on honest channels.</summary>
    public required TimeSpan HeaderTimeout { get; init; }

    /// <summary>From the header to the first byte: an engine's 200 proves nothing.</summary>
    public required TimeSpan FirstByteTimeout { get; init; }

    /// <summary>Without a byte in mid-stream. An engine may drop a session whose reader is idle for 15 s, so stay below.</summary>
    public required TimeSpan StallTimeout { get; init; }

    /// <summary>Attempts are counted afresh once data has flowed for so long.</summary>
    public required TimeSpan StablePeriod { get; init; }

    /// <summary>The longest wait between two attempts.</summary>
    public required TimeSpan RetryDelay { get; init; }

    /// <summary>Without data for so long in spite of all attempts, the stream ends.</summary>
    public required TimeSpan GiveUp { get; init; }

    /// <summary>How long a stream would rather not use an engine that failed it.</summary>
    public required TimeSpan AvoidPeriod { get; init; }

    /// <summary>
    /// An engine that has not answered an opening by then is tried beside another. Engines take 0.5 s to open and 4 to 4.6 s to refuse an
    /// unknown id, so who answers later has found nobody, or hangs.
    /// </summary>
    public required TimeSpan OpeningPatience { get; init; }

    /// <summary>How long a session that is to relieve another may run beside it before it takes over however they fit together.</summary>
    public required TimeSpan HandoverLimit { get; init; }

    public static UpstreamOptions Read(SettingsReader settings) => new()
    {
        HeaderTimeout = settings.Seconds("UPSTREAM_HEADER_TIMEOUT", 60, 0.1, 600, "for the playback URL's response header"),
        FirstByteTimeout = settings.Seconds("UPSTREAM_FIRST_BYTE_TIMEOUT", 60, 0.1, 600, "from the header to the first byte"),
        StallTimeout = settings.Seconds("STALL_TIMEOUT", 10, 0.1, 600, "without a byte in mid-stream before a reconnection"),
        StablePeriod = settings.Seconds("UPSTREAM_STABLE_PERIOD", 30, 0.1, 3600, "of flowing data after which attempts count afresh"),
        RetryDelay = settings.Seconds("UPSTREAM_RETRY_DELAY", 1.5, 0.01, 60, "the longest wait between two attempts"),
        GiveUp = settings.Seconds("UPSTREAM_GIVE_UP", 60, 0.1, 3600, "without data, in spite of all attempts, before a stream ends"),
        AvoidPeriod = settings.Seconds("UPSTREAM_AVOID_PERIOD", 60, 0, 3600, "for which a stream avoids an engine that failed it"),
        OpeningPatience = settings.Seconds(
            "UPSTREAM_OPENING_PATIENCE", 5, 0.1, 300, "without an engine's answer to an opening before another is asked beside it"),
        HandoverLimit = settings.Seconds(
            "UPSTREAM_HANDOVER_LIMIT", 15, 0.1, 300, "for which a session that relieves another waits for the two to overlap"),
    };
}
