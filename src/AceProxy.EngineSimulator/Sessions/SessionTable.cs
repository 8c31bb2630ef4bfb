using System.Globalization;
using AceProxy.EngineSimulator.Contents;
using AceProxy.EngineSimulator.Observation;

namespace AceProxy.EngineSimulator.Sessions;

/// <summary>
/// Which sessions there are and which gives way to which: one per infohash, and one per player. Ended sessions are
/// remembered, because their URLs keep answering, only differently.
/// </summary>
internal sealed class SessionTable(TimeProvider time, TimeSpan idleExpiry, TimeSpan? readerExpiry, EventLog events)
{
    private const int RememberedSessions = 5_000;
    private readonly Lock _gate = new();
    private readonly List<Session> _sessions = [];
    private readonly Dictionary<(string Infohash, string Token), Session> _byAddress = [];
    private readonly Dictionary<string, Session> _byPath = [];

    public long Opened { get; private set; }

    public IReadOnlyList<SimulatedSession> Snapshot()
    {
        lock (_gate)
            return [.. _sessions.Select(session => session.Snapshot())];
    }

    public int CountOpen()
    {
        lock (_gate)
            return _sessions.Count(session => session.State == SessionState.Open);
    }

    public int CountReaders()
    {
        lock (_gate)
            return _sessions.Sum(session => session.Readers.Count);
    }

    /// <summary>Starts a session, or joins the one there is where the content shares it.</summary>
    /// <returns>The session and the token under which this player reaches it.</returns>
    public (Session Session, string Token) Open(SimulatedContent content, Player player, string? userAgent)
    {
        lock (_gate)
        {
            var token = player.Token;
            var known = _byAddress.GetValueOrDefault((content.Infohash, token));
            foreach (var other in _sessions.FindAll(session => session.State == SessionState.Open))
            {
                var sameContent = other.Content == content;
                if (sameContent && other.Token != token && content.Script.SecondSession == SecondSessionRule.Shared)
                    return (Join(other, token), token);
                if (sameContent)
                    Finish(other, SessionState.Superseded, EngineEventKind.SessionSuperseded, reader => reader.Cut());
                else if (other.Token == token)
                    Finish(other, SessionState.Stopped, EngineEventKind.SessionStopped, reader => reader.End());
            }
            var session = new Session(content, player, time.GetUtcNow(), NewPath(content))
            {
                PidIsStale = known is { WasRead: true },
                UserAgent = userAgent,
            };
            Remember(session);
            session.ExpiryTimer = time.CreateTimer(_ => ExpireIfIdle(session), null, idleExpiry, Timeout.InfiniteTimeSpan);
            Opened++;
            events.Add(EngineEventKind.SessionOpened, $"{session.Id} {content.Infohash} pid={player.Pid}");
            return (session, token);
        }
    }

    public Session? ByAddress(string infohash, string token)
    {
        lock (_gate)
            return _byAddress.GetValueOrDefault((infohash, token));
    }

    public Session? ByPath(string path)
    {
        lock (_gate)
            return _byPath.GetValueOrDefault(path);
    }

    public Session? OpenOf(SimulatedContent content)
    {
        lock (_gate)
            return _sessions.Find(session => session.Content == content && session.State == SessionState.Open);
    }

    /// <returns>False if the session had ended before.</returns>
    public bool Stop(Session session)
    {
        lock (_gate)
        {
            CountStop(session);
            if (session.State != SessionState.Open)
                return false;
            Finish(session, SessionState.Stopped, EngineEventKind.SessionStopped, reader => reader.End());
            return true;
        }
    }

    /// <summary>Notes a stop call, whether or not it is going to be obeyed.</summary>
    public void CountStop(Session session)
    {
        lock (_gate)
        {
            session.StopCount++;
            events.Add(EngineEventKind.StopCalled, session.Id);
        }
    }

    /// <summary>Makes the reader the session's, unless it has one already or has ended.</summary>
    public AttachResult Attach(Session session, ISessionReader reader)
    {
        lock (_gate)
        {
            if (session.State != SessionState.Open)
                return AttachResult.Ended;
            if (session.Readers.Count > 0)
                return AttachResult.Occupied;
            session.Readers.Add(reader);
            session.WasRead = true;
            session.Touch(time.GetUtcNow());
            session.ExpiryTimer?.Change(readerExpiry ?? Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            events.Add(EngineEventKind.ReaderStarted, session.Id);
            return AttachResult.Attached;
        }
    }

    public void Detach(Session session, ISessionReader reader)
    {
        lock (_gate)
        {
            if (!session.Readers.Remove(reader))
                return;
            session.Touch(time.GetUtcNow());
            if (session.State == SessionState.Open)
                session.ExpiryTimer?.Change(idleExpiry, Timeout.InfiniteTimeSpan);
            events.Add(EngineEventKind.ReaderEnded, session.Id);
        }
    }

    /// <summary>Forgets everything, as a restarted engine does.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            foreach (var session in _sessions)
                session.ExpiryTimer?.Dispose();
            _sessions.Clear();
            _byAddress.Clear();
            _byPath.Clear();
        }
    }

    private static string NewPath(SimulatedContent content) =>
        string.Create(CultureInfo.InvariantCulture, $"/content/{content.Infohash}/0.{Random.Shared.NextInt64(1_000_000_000_000):D12}");

    private Session Join(Session session, string token)
    {
        _byAddress[(session.Content.Infohash, token)] = session;
        events.Add(EngineEventKind.SessionJoined, $"{session.Id} token={token}");
        return session;
    }

    private void Remember(Session session)
    {
        if (_sessions.Count >= RememberedSessions && _sessions.Find(old => old.State != SessionState.Open) is { } oldest)
        {
            _sessions.Remove(oldest);
            _byPath.Remove(oldest.PlaybackPath);
            var address = (oldest.Content.Infohash, oldest.Token);
            if (_byAddress.GetValueOrDefault(address) == oldest)
                _byAddress.Remove(address);
        }
        _sessions.Add(session);
        _byAddress[(session.Content.Infohash, session.Token)] = session;
        _byPath[session.PlaybackPath] = session;
    }

    private void Finish(Session session, SessionState state, EngineEventKind kind, Action<ISessionReader> toReaders)
    {
        session.State = state;
        session.ExpiryTimer?.Dispose();
        session.ExpiryTimer = null;
        session.Readers.ForEach(toReaders);
        events.Add(kind, session.Id);
    }

    private void ExpireIfIdle(Session session)
    {
        lock (_gate)
        {
            if (session.State != SessionState.Open || (session.Readers.Count > 0 ? readerExpiry : idleExpiry) is not { } expiry)
                return;
            var left = session.LastActivity + expiry - time.GetUtcNow();
            if (left > TimeSpan.Zero)
                session.ExpiryTimer?.Change(left, Timeout.InfiniteTimeSpan);
            else
                Finish(session, SessionState.Expired, EngineEventKind.SessionExpired, reader => reader.Cut()); // it may not be reading
        }
    }
}
