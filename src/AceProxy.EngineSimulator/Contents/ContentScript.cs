using System.Text.Json.Serialization;
using AceProxy.EngineSimulator.Broadcasting;
using AceProxy.EngineSimulator.Playback;

namespace AceProxy.EngineSimulator.Contents;

/// <summary>
/// Everything one content does on the wire. The defaults are a healthy live channel that answers at once; each switch is
/// something an engine has been seen to do, or a client has to survive.
/// </summary>
public sealed record ContentScript
{
    /// <summary>Host of the wrong-host mode: loopback, but nobody listens there.</summary>
    public const string DefaultForeignHost = "127.66.66.66:9";

    public required string ContentId { get; init; }

    public required string Infohash { get; init; }

    public string Name { get; init; } = "Simulated channel";

    /// <summary>Transport file address that the <c>url</c> selector finds this content by.</summary>
    public string? TransportUrl { get; init; }

    [JsonIgnore]
    public IBroadcast Broadcast { get; init; } = ClipBroadcast.Demo;

    /// <summary>When the broadcast began. The same in two engines means the same packets at the same moment.</summary>
    public DateTimeOffset OnAirSince { get; init; } = DateTimeOffset.UnixEpoch;

    /// <summary>A file to seek in instead of a live broadcast; <c>is_live</c> is 0 then.</summary>
    [JsonIgnore]
    public VodFile? Vod { get; init; }

    /// <summary>Overrides <c>is_live</c>, which real engines begin with −1 now and then.</summary>
    public int? IsLive { get; init; }

    public bool IsEncrypted { get; init; }

    // How long things take.

    /// <summary>From the start call to its answer. The session exists from the begin of it.</summary>
    public TimeSpan OpenDelay { get; init; }

    /// <summary>How long <c>/ace/r</c> and <c>/ace/m</c> block after the session was opened.</summary>
    public TimeSpan PrebufferDelay { get; init; }

    /// <summary>Before the response head of <c>/content</c>.</summary>
    public TimeSpan HeaderDelay { get; init; }

    /// <summary>Between the response head and the first byte of video.</summary>
    public TimeSpan FirstByteDelay { get; init; }

    public TimeSpan StopDelay { get; init; }

    // How the stream comes.

    /// <summary>
    /// How far behind the live edge a new reader begins, which is sent at once; negative: how far ahead of it, which is waited for. Changed
    /// in mid-play it decides how much the next reader's stream overlaps with the last one's.
    /// </summary>
    public TimeSpan Burst { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How far the engine is behind the broadcast: those of one swarm have it at different times.</summary>
    public TimeSpan Lag { get; init; }

    /// <summary>Send as fast as the socket takes it, ahead of the clock.</summary>
    public bool Unpaced { get; init; }

    /// <summary>Mean time between two writes; each one varies by up to <see cref="WriteJitter"/> either way.</summary>
    public TimeSpan WriteInterval { get; init; } = TimeSpan.FromMilliseconds(40);

    public TimeSpan WriteJitter { get; init; } = TimeSpan.FromMilliseconds(25);

    /// <summary>Begin within a packet, as a real engine does.</summary>
    public bool StartMidPacket { get; init; } = true;

    /// <summary>No peers: responses open and stay silent, for readers there are and readers to come.</summary>
    public bool Silent { get; init; }

    /// <summary>End each reader cleanly after this much time.</summary>
    public TimeSpan? EofAfter { get; init; }

    public StreamFraming Framing { get; init; }

    public SecondReaderRule SecondReader { get; init; }

    public SecondSessionRule SecondSession { get; init; }

    /// <summary>A pid used before gets only this much stream, then a clean end. Null: like any other pid.</summary>
    public TimeSpan? StalePidBuffer { get; init; }

    /// <summary>Answer playback with this status and a body that is no video.</summary>
    public int? PlaybackStatus { get; init; }

    public PlaybackStage PlaybackStatusAt { get; init; }

    // What the start, statistics and stop calls answer.

    /// <summary>Fail the start call with this text.</summary>
    public string? StartError { get; init; }

    /// <summary>JSON put beside <see cref="StartError"/> as <c>extra_data</c>.</summary>
    public string? StartErrorExtraData { get; init; }

    /// <summary>Fail the start call with a plain 500 instead of JSON with status 200.</summary>
    public bool StartErrorAsPlain500 { get; init; }

    public ReplyDefect StartDefect { get; init; }

    public ReplyDefect StatDefect { get; init; }

    public ReplyDefect StopDefect { get; init; }

    /// <summary>Answer a stop with this error and let the session live.</summary>
    public string? StopError { get; init; }

    /// <summary>host:port put into every URL and Location instead of the request's Host.</summary>
    public string? ForeignHost { get; init; }

    public StatProgress StatProgress { get; init; } = new();

    public StatBehaviour StatBehaviour { get; init; }

    /// <summary>Numbers in <c>livepos</c>, which real engines fill with strings.</summary>
    public bool LivePosAsNumbers { get; init; }

    public int Peers { get; init; } = 12;

    // HLS.

    /// <summary>Least length of a segment; it ends at the first random access point after that.</summary>
    public TimeSpan SegmentDuration { get; init; } = TimeSpan.FromSeconds(4);

    public int SegmentWindow { get; init; } = 17;

    /// <summary>Announce the whole segment and close after half of it.</summary>
    public bool TruncateSegments { get; init; }

    /// <summary>Fail the playlist with the engine's <c>start timeout</c>.</summary>
    public bool PlaylistStartTimeout { get; init; }

    /// <summary>The delays of a healthy engine with a healthy swarm: half a second to open, eight to prebuffer.</summary>
    public ContentScript WithRealisticTiming() => this with
    {
        OpenDelay = TimeSpan.FromMilliseconds(500),
        PrebufferDelay = TimeSpan.FromSeconds(8),
        FirstByteDelay = TimeSpan.FromMilliseconds(100),
        StatProgress = new StatProgress(TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(6500)),
    };
}
