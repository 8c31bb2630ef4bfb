using AceProxy.Content;
using AceProxy.EngineApi;
using AceProxy.Engines;
using AceProxy.Upstream.Playback;

namespace AceProxy.Upstream.Sessions;

/// <summary>One engine session and the slot it takes, from its opening to its stop; what its reader and its watcher know of it.</summary>
internal sealed class UpstreamSession : IAsyncDisposable
{
    private readonly EngineSessions _sessions;
    private readonly CancellationTokenSource _over = new();
    private readonly CancellationTokenSource _condemned = new();
    private readonly TimeProvider _time;
    private readonly long _openedAt;
    private long _lastData;
    private volatile ReadOutcome? _verdict;
    private volatile SessionStatistics? _statistics;
    private volatile PacketFeed? _successor;

    public UpstreamSession(EngineSession session, EngineReservation slot, ContentKey key, EngineSessions sessions, TimeProvider time)
    {
        (Session, Slot, Key, _sessions, _time) = (session, slot, key, sessions, time);
        _openedAt = time.GetTimestamp();
    }

    public EngineSession Session { get; }

    /// <summary>Its place on the engine; whoever disposes of the session gives it back, unless it was kept for the next.</summary>
    public EngineReservation Slot { get; }

    public ContentKey Key { get; }

    public Engine Engine => Session.Engine;

    /// <summary>It has yielded packets.</summary>
    public bool HasData => Volatile.Read(ref _lastData) != 0;

    /// <summary>How long ago the last packet came; before the first, the session was opened.</summary>
    public TimeSpan Silence => _time.GetElapsedTime(HasData ? Volatile.Read(ref _lastData) : _openedAt);

    /// <summary>What the engine said of it last, or null.</summary>
    public SessionStatistics? Statistics
    {
        get => _statistics;
        set => _statistics = value;
    }

    /// <summary>The feed that is to go on where this session's leaves off, once they fit together.</summary>
    public PacketFeed? Successor
    {
        get => _successor;
        set => _successor = value;
    }

    /// <summary>Fires when the session is being stopped.</summary>
    public CancellationToken Over => _over.Token;

    /// <summary>Fires when it should not be read any more; <see cref="Verdict"/> says why.</summary>
    public CancellationToken Condemned => _condemned.Token;

    public ReadOutcome? Verdict => _verdict;

    public void Flows(long now) => Volatile.Write(ref _lastData, now);

    public void Condemn(ReadOutcome verdict)
    {
        _verdict = verdict;
        _condemned.Cancel();
    }

    /// <summary>Stops it, but keeps its slot for another session on the same engine.</summary>
    public async Task<EngineReservation> StopKeepingSlotAsync()
    {
        await _over.CancelAsync();
        await _sessions.StopAsync(Session);
        return Slot;
    }

    /// <summary>Stops it and then gives its slot back.</summary>
    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _sessions.StopAndReleaseAsync(Session, Slot, Key);
    }
}
