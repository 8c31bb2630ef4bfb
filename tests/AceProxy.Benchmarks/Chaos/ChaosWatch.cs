using System.Diagnostics;
using AceProxy.EngineSimulator.Sessions;
using AceProxy.Tests.Functional;

namespace AceProxy.Benchmarks.Chaos;

/// <summary>
/// Looks at the engines all the time: no content may have two sessions that are read for longer than a lease and 3 s, and see <see cref="ChaosSessions"/>.
/// </summary>
internal sealed class ChaosWatch(ChaosCast cast, ChaosTroubles troubles, ChaosSessions opened, Action<string> fail)
{
    /// <summary>PROXY_LEASE_TIME's default and 3 s.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(6 + 3);

    private readonly Dictionary<string, long> _doubleSince = [];
    private readonly HashSet<string> _told = [];

    /// <summary>The longest time for which a content had two.</summary>
    public TimeSpan LongestDouble { get; private set; }

    public async Task RunAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            DateTimeOffset now = DateTimeOffset.UtcNow;
            if (await SessionsAsync() is not { } engines)
            {
                _doubleSince.Clear();
            }
            else
            {
                opened.Look(engines);
                if (troubles.Any(TroubleKind.Any, now, DateTimeOffset.UtcNow))
                {
                    _doubleSince.Clear(); // who stands still cannot be told, and counts afresh when it can
                }
                else
                {
                    Look([.. engines.SelectMany(Playing)]);
                }
            }

            await Task.Delay(250, CancellationToken.None);
        }
    }

    /// <summary>The sessions on each engine that there is; null: one does not answer.</summary>
    public async Task<IReadOnlyList<SimulatedSession[]>?> SessionsAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        var all = new List<SimulatedSession[]>();
        foreach (EngineProcess engine in cast.AllEngines)
        {
            try
            {
                all.Add(await engine.SessionsAsync(limit.Token));
            }
            catch (HttpRequestException)
            {
                // It is dead, and has none.
            }
            catch (OperationCanceledException)
            {
                return null;
            }
        }

        return all;
    }

    /// <summary>Infohashes of the sessions that are read, one by one.</summary>
    public static IEnumerable<string> Playing(SimulatedSession[] sessions) =>
        sessions.Where(session => session is { State: SessionState.Open, Readers: > 0 }).Select(session => session.Infohash);

    private void Look(string[] playing)
    {
        var doubles = playing.GroupBy(infohash => infohash).Where(sessions => sessions.Count() > 1).ToDictionary(group => group.Key, group => group.Count());
        foreach (string over in _doubleSince.Keys.Where(infohash => !doubles.ContainsKey(infohash)).ToArray())
        {
            _doubleSince.Remove(over);
            _told.Remove(over);
        }

        foreach ((string infohash, int count) in doubles)
        {
            long since = _doubleSince.TryAdd(infohash, Stopwatch.GetTimestamp()) ? Stopwatch.GetTimestamp() : _doubleSince[infohash];
            TimeSpan lasted = Stopwatch.GetElapsedTime(since);
            LongestDouble = lasted > LongestDouble ? lasted : LongestDouble;
            if (lasted > Longest && _told.Add(infohash))
            {
                fail($"{infohash} has had {count} sessions for {lasted.TotalSeconds:0.0} s");
            }
        }
    }
}
