using AceProxy.EngineSimulator.Contents;

namespace AceProxy.EngineSimulator.Sessions;

/// <summary>One playback session. Everything mutable but the byte counter changes under the table's lock.</summary>
internal sealed class Session(SimulatedContent content, Player player, DateTimeOffset openedAt, string playbackPath)
{
    private long _bytesSent;
    private long _activityTicks = openedAt.UtcTicks;

    public string Id { get; } = System.Security.Cryptography.RandomNumberGenerator.GetHexString(40, lowercase: true);

    public SimulatedContent Content => content;

    public Player Player => player;

    public string Token { get; } = player.Token;

    public DateTimeOffset OpenedAt => openedAt;

    /// <summary>The <c>/content</c> path; one per session, so that a second reader meets the first there.</summary>
    public string PlaybackPath => playbackPath;

    /// <summary>The same player had a session of this content before, and read from it.</summary>
    public bool PidIsStale { get; init; }

    /// <summary>The User-Agent of the start call.</summary>
    public string? UserAgent { get; init; }

    public SessionState State { get; set; }

    public int StopCount { get; set; }

    public bool WasRead { get; set; }

    public List<ISessionReader> Readers { get; } = [];

    public ITimer? ExpiryTimer { get; set; }

    public long BytesSent => Interlocked.Read(ref _bytesSent);

    public DateTimeOffset LastActivity => new(Interlocked.Read(ref _activityTicks), TimeSpan.Zero);

    public void CountBytes(int bytes) => Interlocked.Add(ref _bytesSent, bytes);

    public void Touch(DateTimeOffset now) => Interlocked.Exchange(ref _activityTicks, now.UtcTicks);

    public SimulatedSession Snapshot() =>
        new(Id, player.Pid, content.Infohash, Token, openedAt, StopCount, State, Readers.Count, BytesSent, UserAgent);
}
