using System.Diagnostics;
using AceProxy.Tests.Functional;

namespace AceProxy.Benchmarks.Chaos;

/// <summary>Looks at the engines all the time: no content may have two sessions that are read for longer than a lease and 3 s.</summary>
internal sealed class ChaosWatch(ChaosCast cast, Func<bool> isCalm, Action<string> fail)
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
            if (await PlayingAsync() is not { } playing || !isCalm())
            {
                _doubleSince.Clear(); // who stands still cannot be told, and counts afresh when it can
            }
            else
            {
                Look(playing);
            }

            await Task.Delay(250, CancellationToken.None);
        }
    }

    /// <summary>Infohashes of the sessions that are read on all engines that there are; null: one does not answer.</summary>
    public async Task<string[]?> PlayingAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        var all = new List<string>();
        foreach (EngineProcess engine in cast.AllEngines)
        {
            try
            {
                all.AddRange(await engine.PlayingAsync(limit.Token));
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

        return [.. all];
    }

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
