namespace AceProxy.Benchmarks.Chaos;

/// <summary>What happens to whom, drawn from a seed, one thing after the other with an overlap now and then.</summary>
/// <param name="spared">The worker that is stopped now and then but never killed; null for none.</param>
internal sealed class ChaosScript(ChaosCast cast, ChaosTroubles troubles, int seed, int? spared, Action<string> tell)
{
    private readonly Random _random = new(seed);
    private readonly HashSet<string> _busy = [];
    private readonly List<Task> _under = [];

    /// <summary>How often things happened.</summary>
    public int Events { get; private set; }

    /// <summary>Until it is cancelled; what was broken is whole again when it returns.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                await Task.Delay(TimeSpan.FromSeconds(4 + (_random.NextDouble() * 10)), cancellation);
                _under.RemoveAll(task => task.IsCompletedSuccessfully);
                if (_under.Count < 2)
                {
                    Next();
                }
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(_under);
        }
    }

    private void Next()
    {
        int kind = _random.Next(9);
        int number = _random.Next(3);
        double seconds = _random.NextDouble();
        if (kind < 3 && number == spared)
        {
            number = (number + 1) % 3;
        }

        string target = kind switch { < 4 => "worker", < 6 => "engine", _ => "Redis" };
        lock (_busy)
        {
            if (!_busy.Add(target)) // one of a kind at a time: two of three go on
            {
                return;
            }
        }

        Events++;
        _under.Add(Task.Run(async () =>
        {
            await DoAsync(kind, number, seconds);
            lock (_busy)
            {
                _busy.Remove(target);
            }
        }));
    }

    private async Task DoAsync(int kind, int number, double share)
    {
        switch (kind)
        {
            case 0 or 1:
                tell($"kill -9 worker w{number}");
                await cast.KillWorkerAsync(number);
                await Task.Delay(TimeSpan.FromSeconds(1 + (share * 8)));
                await cast.StartWorkerAsync(number);
                tell($"worker w{number} is back");
                break;
            case 2:
                tell($"SIGTERM worker w{number}");
                await cast.TerminateWorkerAsync(number);
                await cast.StartWorkerAsync(number);
                tell($"worker w{number} is back");
                break;
            case 3:
                ProxyProcess worker = cast.AllWorkers[number];
                await StandStillAsync(TroubleKind.Worker, $"worker w{number}", 2 + (share * 15), worker.SignalAsync);
                break;
            case 4:
                tell($"kill -9 engine {number}");
                await cast.AllEngines[number].KillAsync();
                await Task.Delay(TimeSpan.FromSeconds(1 + (share * 10)));
                await cast.StartEngineAsync(number);
                tell($"engine {number} is back");
                break;
            case 5:
                await StandStillAsync(TroubleKind.Engine, $"engine {number}", 1 + (share * 10), name => name == "STOP"
                    ? cast.AllEngines[number].StopAsync() : cast.AllEngines[number].ContinueAsync());
                break;
            case 6:
                tell("kill -9 Redis");
                using (troubles.Begin(TroubleKind.Redis))
                {
                    await cast.Redis.KillAsync();
                    await Task.Delay(TimeSpan.FromSeconds(share * 15));
                    await cast.Redis.RestartAsync();
                }

                tell("Redis is back, empty");
                break;
            case 7:
                await StandStillAsync(TroubleKind.Redis, "Redis", 0.5 + (share * 8), cast.Redis.SignalAsync);
                break;
            default:
                tell("FLUSHALL");
                using (troubles.Begin(TroubleKind.Redis))
                {
                    await cast.Redis.AskAsync("FLUSHALL");
                }

                break;
        }
    }

    private async Task StandStillAsync(TroubleKind kind, string who, double seconds, Func<string, Task> signal)
    {
        tell(FormattableString.Invariant($"SIGSTOP {who} for {seconds:0.0} s"));
        using (troubles.Begin(kind))
        {
            await signal("STOP");
            await Task.Delay(TimeSpan.FromSeconds(seconds));
            await signal("CONT");
        }

        tell($"SIGCONT {who}");
    }
}
