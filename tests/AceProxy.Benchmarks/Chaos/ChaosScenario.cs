using System.Diagnostics;
using System.Text.Json;
using AceProxy.EngineSimulator.Sessions;

namespace AceProxy.Benchmarks.Chaos;

/// <summary>
/// Three workers, twenty contents and 300 players that come and go, while workers, engines and Redis are killed, stopped and told to end by
/// a script drawn from a seed. What must always hold is checked all along, and at the end that nothing is left.
/// </summary>
/// <param name="spares">The first worker is never killed: its memory tells what a long life costs.</param>
internal sealed class ChaosScenario(Report report, double minutes, int seed, bool spares)
{
    public const int BitsPerSecond = 300_000;

    /// <summary>Of memory that is flat: the collector's own ups and downs.</summary>
    private const double MostGrowth = 1.15;

    private readonly long _began = Stopwatch.GetTimestamp();
    private readonly List<double> _memory = [];
    private int _failures;

    public async Task RunAsync()
    {
        Tell($"seed {seed}, {minutes} minutes");
        await using ChaosCast cast = await ChaosCast.StartAsync();
        Tell($"the workers' logs are in {cast.Logs}");
        var troubles = new ChaosTroubles();
        var script = new ChaosScript(cast, troubles, seed, spares ? 0 : null, Tell);
        var audience = new ChaosAudience(cast, seed, Fail);
        var sessions = new ChaosSessions(cast, troubles, Fail);
        var watch = new ChaosWatch(cast, troubles, sessions, Fail);
        var events = new ChaosEvents(cast, troubles, Fail);
        var leases = new ChaosLeases(cast, Fail);
        using CancellationTokenSource ending = new(TimeSpan.FromMinutes(minutes)), over = new(), told = new();
        Task telling = Task.WhenAll(events.RunAsync(told.Token), leases.RunAsync(told.Token));
        Task happening = script.RunAsync(ending.Token);
        Task playing = audience.RunAsync(over.Token);
        Task watching = watch.RunAsync(over.Token);
        while (!happening.IsCompleted)
        {
            await Task.WhenAny(happening, Task.Delay(TimeSpan.FromSeconds(20)));
            TellState(cast, audience, [.. (await watch.SessionsAsync() ?? []).SelectMany(ChaosWatch.Playing)]);
            if (spares)
            {
                _memory.Add(cast.AllWorkers[0].ResidentMiB);
            }
        }

        await happening;
        await Task.Delay(TimeSpan.FromSeconds(10)); // all is whole, and everybody has to be served again
        await over.CancelAsync();
        await Task.WhenAll(playing, watching);
        string left = await LeftAsync(cast, watch);
        await Task.Delay(TimeSpan.FromSeconds(5)); // two heartbeats, with which the last of it is told at the latest
        await told.CancelAsync();
        await telling;
        events.End();
        sessions.End(await watch.SessionsAsync() ?? []);

        report.Add($"chaos, seed {seed}, {minutes} minutes: things done to processes; visits of players", "", $"{script.Events}; {audience.Visits}");
        report.Add("… what must not be (see above)", "0", $"{_failures}", _failures == 0);
        report.Add("… longest time with two sessions of a content while all ran, in s", 9, watch.LongestDouble.TotalSeconds, "s");
        report.Add("… left at the end", "nothing", left, left == "nothing");
        report.Add(
            "… sessions that were read; of these, opened when every worker knew what the others held; looks at a full engine then; most on an engine at any time",
            $"; some; some; {ChaosCast.MostStreams} and what Redis's absences add",
            $"{sessions.Opened}; {sessions.OpenedInOrder}; {sessions.FullInOrder}; {sessions.Most}", sessions is { OpenedInOrder: > 0, FullInOrder: > 0 });
        report.Add("… events, by kind; told again after a loss", "some", $"{events.Kinds}; {events.Repeated}", events.Joined > 0);
        report.Add("… leases that changed, each to a higher epoch", "some", $"{leases.Changes}", leases.Changes > 0);
        report.Add("… statuses; responses that ended with their worker", "", $"{audience.Statuses}; {audience.EndedWithTheirWorker}");
        report.Add(
            "… packets received; missing; discontinuities announced", "", $"{audience.Packets}; {audience.Missing}; {audience.Jumps}");
        report.Add(
            "… longest time without a byte of a visit: median / p99 / longest", "",
            FormattableString.Invariant(
                $"{Report.Percentile(audience.Gaps, 0.5):0.0} / {Report.Percentile(audience.Gaps, 0.99):0.0} / {audience.Gaps.DefaultIfEmpty().Max():0.0} s"));
        if (spares)
        {
            AddMemory();
        }
    }

    private void AddMemory()
    {
        int third = _memory.Count / 3;
        double middle = Report.Percentile(_memory.Skip(third).Take(third), 0.5), last = Report.Percentile(_memory.TakeLast(third), 0.5);
        report.Add(
            "… resident memory of the worker that was never killed: median of the last third of the time beside that of the middle third", MostGrowth, last / middle,
            FormattableString.Invariant($"× ({last:0} / {middle:0} MiB)"));
        report.Add(
            "… means of the tenths of the time", "",
            string.Join(", ", _memory.Chunk(Math.Max(1, _memory.Count / 10)).Select(tenth => FormattableString.Invariant($"{tenth.Average():0}"))) + " MiB");
    }

    /// <summary>What is there when everybody has gone and everything has had its time to expire.</summary>
    private static async Task<string> LeftAsync(ChaosCast cast, ChaosWatch watch)
    {
        string left = "";
        for (long since = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(90); await Task.Delay(500))
        {
            var found = new List<string>();
            foreach (ProxyProcess worker in cast.AllWorkers)
            {
                JsonElement[] streams = await worker.StreamsAsync();
                found.AddRange(streams.Select(stream => $"stream {stream.GetProperty("key").GetString()} {stream.GetProperty("state").GetString()} "
                    + $"with {stream.GetProperty("clients").GetInt32()} clients"));
            }

            found.AddRange(await watch.SessionsAsync() is { } engines
                ? engines.SelectMany(sessions => sessions).Where(session => IsLeft(cast, session)).Select(session => $"session of {session.Infohash} by {session.UserAgent}")
                : ["an engine that does not answer"]);
            foreach (string key in await cast.Redis.AskAsync("KEYS *"))
            {
                string ttl = (await cast.Redis.AskAsync($"PTTL {key}")).FirstOrDefault() ?? "";
                bool isRemembered = key.EndsWith(":epoch", StringComparison.Ordinal) || key.StartsWith("aceproxy:{events}:", StringComparison.Ordinal);
                bool isOwned = key == "aceproxy:workers" || (ttl != "-1" && (isRemembered || await IsOfNoSlotAsync(cast, key)));
                if (!isOwned)
                {
                    found.Add($"{key} for {ttl} ms");
                }
            }

            left = found.Count == 0 ? "nothing" : string.Join("; ", found.Take(10));
            if (found.Count == 0)
            {
                break;
            }
        }

        return left;
    }

    /// <summary>An engine's slots of which nobody holds one: workers that are there remember since when there is such a list.</summary>
    private static async Task<bool> IsOfNoSlotAsync(ChaosCast cast, string key) =>
        key.StartsWith("aceproxy:engines:", StringComparison.Ordinal) && await cast.Redis.AskAsync($"HKEYS {key}") is ["@"];

    /// <summary>What a killed worker had, engines drop when nobody has read it for a minute.</summary>
    private static bool IsLeft(ChaosCast cast, SimulatedSession session) =>
        session.State == SessionState.Open && (session.Readers > 0 || cast.LifeOf(session.UserAgent) is not { WasKilled: true });

    private void TellState(ChaosCast cast, ChaosAudience audience, string[] sessions) => Tell(FormattableString.Invariant(
        $"{audience.Playing} playing, {sessions.Length} sessions of {sessions.Distinct().Count()}, {audience.Packets} packets, {audience.Missing} missing; MiB of the workers (pid): ")
        + string.Join(", ", cast.AllWorkers.Select(worker => worker.HasExited ? "gone" : FormattableString.Invariant($"{worker.ResidentMiB:0} ({worker.Id})"))));

    private void Fail(string what)
    {
        Interlocked.Increment(ref _failures);
        Tell($"MUST NOT BE: {what}");
    }

    private void Tell(string what) =>
        Console.WriteLine(FormattableString.Invariant($"  {DateTime.UtcNow:HH:mm:ss.fff} {Stopwatch.GetElapsedTime(_began).TotalSeconds,6:0.0} s  {what}"));
}
