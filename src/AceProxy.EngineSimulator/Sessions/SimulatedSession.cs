namespace AceProxy.EngineSimulator.Sessions;

/// <summary>A playback session as it was when it was looked at.</summary>
/// <param name="PlaybackSessionId">40 hex digits, new for each start.</param>
/// <param name="Pid">The pid (or <c>sid</c>) of the start call, if it had one.</param>
/// <param name="Token">32 hex digits in the session's URLs, the same for the same player.</param>
/// <param name="StopCount">Stop calls that reached it, also after its end.</param>
/// <param name="Readers">Progressive readers now, noticed gone only at the next write.</param>
/// <param name="BytesSent">Bytes of video, framing not counted.</param>
/// <param name="UserAgent">Of the start call, if it had one.</param>
public sealed record SimulatedSession(
    string PlaybackSessionId,
    string? Pid,
    string Infohash,
    string Token,
    DateTimeOffset OpenedAt,
    int StopCount,
    SessionState State,
    int Readers,
    long BytesSent,
    string? UserAgent);
