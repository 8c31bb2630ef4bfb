using System.Collections.Concurrent;
using AceProxy.Tests.Functional;

namespace AceProxy.Benchmarks.Chaos;

/// <summary>Players that come and go, each with a new content and worker every time, and check what they get.</summary>
internal sealed class ChaosAudience(ChaosCast cast, int seed, Action<string> fail)
{
    private const int Players = 300;
    private readonly ConcurrentBag<double> _gaps = [];
    private readonly ConcurrentDictionary<int, int> _statuses = [];
    private long _packets;
    private long _missing;
    private long _jumps;
    private int _visits;
    private int _ended;
    private int _playing;

    public int Playing => Volatile.Read(ref _playing);

    public int Visits => _visits;

    /// <summary>Packets received.</summary>
    public long Packets => Interlocked.Read(ref _packets);

    public long Missing => Interlocked.Read(ref _missing);

    /// <summary>Discontinuities that were announced, one for each PID.</summary>
    public long Jumps => Interlocked.Read(ref _jumps);

    /// <summary>Responses that ended because their worker did.</summary>
    public int EndedWithTheirWorker => _ended;

    public string Statuses => string.Join(", ", _statuses.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key}: {pair.Value}"));

    /// <summary>The longest time without a byte of each visit, in seconds.</summary>
    public IReadOnlyCollection<double> Gaps => _gaps;

    public Task RunAsync(CancellationToken cancellation) =>
        Task.WhenAll(Enumerable.Range(0, Players).Select(number => ComeAndGoAsync(new Random((seed * 1000) + number), cancellation)));

    private async Task ComeAndGoAsync(Random random, CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            int content = 1 + (int)(ChaosCast.Contents * random.NextDouble() * random.NextDouble()); // some are watched more
            ProxyProcess worker = cast.AllWorkers[random.Next(cast.AllWorkers.Count)];
            using var stay = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            stay.CancelAfter(TimeSpan.FromSeconds(1 + (random.NextDouble() * 40)));
            var player = new Player(worker.Client, $"infohash={EngineProcess.Infohash(content)}");
            Interlocked.Increment(ref _playing);
            await player.PlayAsync(stay.Token);
            Interlocked.Decrement(ref _playing);
            Note(player, worker, content);
            await Task.WhenAny(Task.Delay(TimeSpan.FromSeconds(random.NextDouble() * 3), cancellation));
        }
    }

    private void Note(Player player, ProxyProcess worker, int content)
    {
        StreamChecker checker = player.Checker;
        Interlocked.Increment(ref _visits);
        Interlocked.Add(ref _packets, checker.Packets);
        Interlocked.Add(ref _missing, checker.Missing);
        Interlocked.Add(ref _jumps, checker.Marked);
        _statuses.AddOrUpdate(player.Status, 1, (_, count) => count + 1);
        _gaps.Add(player.LongestGap.TotalSeconds);
        if (checker.Misaligned + checker.Repeated + checker.CounterErrors + checker.Corrupt > 0)
        {
            fail($"content {content}: {checker.Misaligned} misaligned, {checker.Repeated} repeated, {checker.CounterErrors} jumps not announced, "
                + $"{checker.Missing} missing, {checker.Marked} announced, of {checker.Packets} on port {worker.Client.BaseAddress!.Port}");
        }

        if (player.WasEnded && player.Status == 200)
        {
            if (cast.IsDoomed(worker))
            {
                Interlocked.Increment(ref _ended);
            }
            else
            {
                fail($"content {content}: the response ended after {checker.Packets} packets on port {worker.Client.BaseAddress!.Port}, whose worker lives");
            }
        }
    }
}
