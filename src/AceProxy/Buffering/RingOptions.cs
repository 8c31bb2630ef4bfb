using AceProxy.Settings;

namespace AceProxy.Buffering;

/// <summary>When a chunk is closed, and how much of a stream is kept.</summary>
internal sealed record RingOptions
{
    /// <summary>A chunk is closed before it would be larger than this, in bytes.</summary>
    public required int ChunkSize { get; init; }

    /// <summary>
    /// A chunk is closed this long after its first byte, so that a slow stream's clients are never further behind; one that its source fills
    /// within twice the time, when it is full.
    /// </summary>
    public required TimeSpan ChunkAge { get; init; }

    /// <summary>Bytes kept per stream; the oldest give way.</summary>
    public required long Size { get; init; }

    /// <summary>How long a chunk is kept at most.</summary>
    public required TimeSpan Ttl { get; init; }

    /// <summary>How long a join waits, and data after a reconnection is held back, for a random access point.</summary>
    public required TimeSpan KeyframeWait { get; init; }

    /// <summary>How long data after a reconnection is held back until it comes to where the old broke off.</summary>
    public required TimeSpan SpliceWait { get; init; }

    public static RingOptions Read(SettingsReader settings) => new()
    {
        ChunkSize = settings.Integer("RING_CHUNK_SIZE", 65536, 1316, SlabPool.DefaultSlabSize, "bytes", "the size at which a chunk is sent to clients"),
        ChunkAge = settings.Milliseconds("RING_CHUNK_AGE", 50, 1, 5000, "the age at which a smaller chunk is sent anyway; twice that, if the stream fills one within it"),
        Size = settings.Integer("RING_SIZE", 64, 1, 2047, "MiB", "the most that is kept of one stream in memory") * 1048576L,
        Ttl = settings.Seconds("PROXY_BUFFER_TTL", 60, 1, 3600, "how long a stream's data is kept"),
        KeyframeWait = settings.Seconds(
            "KEYFRAME_WAIT", 2, 0, 60, "how long a client's start, and a reconnection, wait for a random access point"),
        SpliceWait = settings.Seconds(
            "SPLICE_WAIT", 12, 0, 60, "how long a reconnection that begins too early may take to come to where the stream broke off"),
    };
}
