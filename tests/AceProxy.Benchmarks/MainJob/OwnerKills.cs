using System.Globalization;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Tests.Functional;

namespace AceProxy.Benchmarks.MainJob;

/// <summary>kill -9 of the owner at random moments, several scenes of three workers, an engine and a Redis at once.</summary>
internal sealed class OwnerKills(int seed)
{
    private const int Kills = 50;
    private const int AtOnce = 4;

    /// <summary>PROXY_LEASE_TIME's default.</summary>
    private const double Lease = 6;

    private readonly Lock _gate = new();
    private int _ended;
    private int _late;
    private int _overlong;
    private long _repeated;
    private long _missing;
    private int _lossy;
    private double _worst;
    private int _next;

    /// <summary>When the owner is killed.</summary>
    private enum Moment
    {
        /// <summary>While it opens the session, or has just begun to read.</summary>
        Opening,

        /// <summary>Its own players watch, and others'.</summary>
        Playing,

        /// <summary>Its own have left; it reads for others.</summary>
        Idle,

        /// <summary>All have left; others come back after its death.</summary>
        Grace,
    }

    public static async Task RunAsync(Report report)
    {
        var kills = new OwnerKills(20261121);
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => kills.RoundsAsync()));
        report.Add($"kill -9 of the owner, {Kills} times at random moments, 8 players on the others: longest gap", Lease + 3, kills._worst, "s");
        report.Add(
            "… ended; without new data by then; repeated; packets missing, in rounds; more than one session left", "0; 0; 0; 0, 0; 0",
            $"{kills._ended}; {kills._late}; {kills._repeated}; {kills._missing}, {kills._lossy}; {kills._overlong}",
            kills is { _ended: 0, _late: 0, _repeated: 0, _missing: 0, _overlong: 0 });
    }

    private async Task RoundsAsync()
    {
        await using RedisProcess redis = await RedisProcess.StartAsync();
        for (int round = Interlocked.Increment(ref _next); round <= Kills; round = Interlocked.Increment(ref _next))
        {
            await RoundAsync(round, redis);
        }
    }

    private async Task RoundAsync(int round, RedisProcess redis)
    {
        var random = new Random(seed + round);
        var moment = (Moment)(round % 4);
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped(100 + round, 2_000_000) with
        {
            OpenDelay = TimeSpan.FromSeconds(0.2),
            Burst = TimeSpan.FromSeconds(12),
        });
        ProxyProcess[] workers = await ClusterScenario.StartAsync(3, redis, engine);
        using CancellationTokenSource stop = new(), leaving = new();
        Task owning = new Player(workers[0].Client, $"infohash={content.Infohash}").PlayAsync(leaving.Token);
        await Task.Delay(TimeSpan.FromSeconds(moment == Moment.Opening ? 0.05 : 1));
        Player[] players = Players(workers, content);
        Task playing = Task.WhenAll(players.Select(player => player.PlayAsync(moment == Moment.Grace ? leaving.Token : stop.Token)));
        await Task.Delay(TimeSpan.FromSeconds(moment == Moment.Opening ? 0 : 1));
        if (moment is Moment.Idle or Moment.Grace)
        {
            await leaving.CancelAsync();
        }

        double wait = random.NextDouble() * (moment == Moment.Opening ? 0.8 : 3);
        await Task.Delay(TimeSpan.FromSeconds(wait));
        await workers[0].KillAsync();
        DateTimeOffset killed = DateTimeOffset.UtcNow;
        if (moment == Moment.Grace)
        {
            await playing;
            players = Players(workers, content);
            playing = Task.WhenAll(players.Select(player => player.PlayAsync(stop.Token)));
        }

        await Task.Delay(TimeSpan.FromSeconds(Lease + 3));
        int late = players.Count(player => player.Checker.NewestOnAir <= killed);
        await Task.Delay(TimeSpan.FromSeconds(1));
        int sessions = engine.OpenSessionCount;
        await leaving.CancelAsync();
        await stop.CancelAsync();
        await Task.WhenAll(playing, owning);
        await ClusterScenario.EndAsync(workers[1..]);
        Note(round, moment, wait, players, late, sessions);
    }

    private static Player[] Players(ProxyProcess[] workers, SimulatedContent content) =>
        [.. Enumerable.Range(0, 8).Select(number => new Player(workers[1 + (number % 2)].Client, $"infohash={content.Infohash}"))];

    private void Note(int round, Moment moment, double wait, Player[] players, int late, int sessions)
    {
        lock (_gate)
        {
            long missing = players.Sum(player => player.Checker.Missing), repeated = players.Sum(player => player.Checker.Repeated);
            int ended = players.Count(player => player.WasEnded);
            double gap = players.Max(player => player.LongestGap.TotalSeconds);
            _late += late;
            _overlong += sessions > 1 ? 1 : 0;
            _ended += ended;
            _repeated += repeated;
            _missing += missing;
            _lossy += missing > 0 ? 1 : 0;
            _worst = Math.Max(_worst, gap);
            if (missing + repeated + ended + late > 0 || sessions != 1)
            {
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"  round {round}, {moment} {wait:0.000} s: {missing} missing, {repeated} repeated, {ended} ended, {late} late, {sessions} sessions, gap {gap:0.0} s"));
            }
        }
    }
}
