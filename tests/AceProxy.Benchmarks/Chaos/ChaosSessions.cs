using System.Diagnostics;
using AceProxy.EngineSimulator.Sessions;

namespace AceProxy.Benchmarks.Chaos;

/// <summary>
/// Holds the engines' sessions against those who have opened them: ENGINE_MAX_STREAMS is a limit of all workers together, and a session is stopped
/// once, by its opener. What a killed worker had is nobody's, and counts for nothing.
/// </summary>
/// <remarks>
/// The limit is one on openings: nobody is thrown out when too many are open, as they are after a time in which workers could not hear of each
/// other. So of the sessions that an engine has now, those beyond the limit, by their age, must each have been opened in such a time. It ends
/// when every worker has a connection to Redis again and has told what it holds, which it does every heartbeat; a worker or an engine that stood
/// still has missed less.
/// </remarks>
internal sealed class ChaosSessions(ChaosCast cast, ChaosTroubles troubles, Action<string> fail)
{
    /// <summary>A reconnection (1 s), a command that is not answered (1 s), a heartbeat (2 s) and as much again for a busy machine.</summary>
    private static readonly TimeSpan AfterRedis = TimeSpan.FromSeconds(8);

    private static readonly TimeSpan AfterOthers = TimeSpan.FromSeconds(5);

    /// <summary>What was taken from its worker is stopped by it all the same, when it goes on.</summary>
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);

    private readonly HashSet<string> _seen = [];
    private readonly HashSet<string> _told = [];
    private readonly Dictionary<string, long> _endedSince = [];

    /// <summary>That were read, of workers that lived then.</summary>
    public int Opened => _seen.Count;

    /// <summary>Of these, opened when every worker knew what the others held.</summary>
    public int OpenedInOrder { get; private set; }

    /// <summary>The most that one engine had at once.</summary>
    public int Most { get; private set; }

    /// <summary>Looks at which an engine was full, and every worker knew what the others held.</summary>
    public int FullInOrder { get; private set; }

    /// <param name="engines">The sessions of each.</param>
    public void Look(IReadOnlyList<SimulatedSession[]> engines)
    {
        foreach (SimulatedSession[] sessions in engines)
        {
            SimulatedSession[] held =
            [
                .. sessions.Where(session => session is { State: SessionState.Open, Readers: > 0 } && cast.LifeOf(session.UserAgent) is { IsOver: false })
                    .OrderBy(session => session.OpenedAt),
            ];
            Most = Math.Max(Most, held.Length);
            FullInOrder += held.Length >= ChaosCast.MostStreams && IsInOrder(DateTimeOffset.UtcNow) ? 1 : 0;
            OpenedInOrder += held.Count(session => _seen.Add(session.PlaybackSessionId) && IsInOrder(session.OpenedAt));
            foreach (SimulatedSession session in held.Skip(ChaosCast.MostStreams).Where(session => IsInOrder(session.OpenedAt)))
            {
                Tell(session, $"opened at {session.OpenedAt:HH:mm:ss.fff} where all workers together held {ChaosCast.MostStreams} of the engine, and now {held.Length}");
            }

            foreach (SimulatedSession session in sessions)
            {
                LookAtStops(session);
            }
        }
    }

    /// <summary>Everything has ended: each session of a worker that was not killed has been stopped.</summary>
    public void End(IReadOnlyList<SimulatedSession[]> engines)
    {
        Look(engines);
        foreach (SimulatedSession session in engines.SelectMany(sessions => sessions))
        {
            if (session.StopCount == 0 && cast.LifeOf(session.UserAgent) is not { WasKilled: true })
            {
                Tell(session, $"is {session.State} at the end and was never stopped");
            }
        }
    }

    private bool IsInOrder(DateTimeOffset then) =>
        !troubles.Any(TroubleKind.Redis, then - AfterRedis, then) && !troubles.Any(TroubleKind.Worker | TroubleKind.Engine, then - AfterOthers, then);

    private void LookAtStops(SimulatedSession session)
    {
        if (session.StopCount > 1)
        {
            Tell(session, $"was stopped {session.StopCount} times");
        }

        if (session.State == SessionState.Open)
        {
            return;
        }

        if (session.StopCount > 0 || cast.LifeOf(session.UserAgent) is { IsOver: true })
        {
            _endedSince.Remove(session.PlaybackSessionId);
        }
        else if (!_endedSince.TryAdd(session.PlaybackSessionId, Stopwatch.GetTimestamp())
            && Stopwatch.GetElapsedTime(_endedSince[session.PlaybackSessionId]) > StopLimit)
        {
            Tell(session, $"is {session.State}, and was not stopped within {StopLimit.TotalSeconds:0} s");
        }
    }

    private void Tell(SimulatedSession session, string what)
    {
        if (_told.Add(session.PlaybackSessionId))
        {
            fail($"session {session.PlaybackSessionId} of {session.Infohash} by {session.UserAgent ?? "nobody"} {what}");
        }
    }
}
