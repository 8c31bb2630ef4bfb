using System.Net.Sockets;

namespace AceProxy.Benchmarks.Chaos;

/// <summary>Looks at the leases in Redis all the time: a stream's epochs only grow, also when Redis has lost them, and each is one worker's.</summary>
internal sealed class ChaosLeases(ChaosCast cast, Action<string> fail)
{
    private const string AllLeases =
        """
        EVAL "local found = {} for _, key in ipairs(redis.call('KEYS', 'aceproxy:*:lease')) do found[#found + 1] = key .. ' ' .. (redis.call('GET', key) or '') end return found" 0
        """;

    private readonly Dictionary<string, (long Epoch, string Worker)> _last = [];

    /// <summary>How often a lease was another than before.</summary>
    public int Changes { get; private set; }

    public async Task RunAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                foreach (string lease in await cast.Redis.AskAsync(AllLeases.Trim()).WaitAsync(TimeSpan.FromSeconds(2), cancellation))
                {
                    if (lease.Split(' ') is [var key, var worker, var epoch] && long.TryParse(epoch, out long number))
                    {
                        Look(key, worker, number);
                    }
                }

                await Task.Delay(250, cancellation);
            }
            catch (Exception exception) when (exception is SocketException or IOException or TimeoutException or ArgumentException or OperationCanceledException)
            {
                // Redis is away, ends in mid-answer or stands still; or all is over.
            }
        }
    }

    private void Look(string key, string worker, long epoch)
    {
        if (_last.TryGetValue(key, out (long Epoch, string Worker) before) && before == (epoch, worker))
        {
            return;
        }

        Changes++;
        if (before.Epoch >= epoch)
        {
            fail($"{key} was worker {before.Worker}'s with epoch {before.Epoch}, and is worker {worker}'s with epoch {epoch}");
        }

        _last[key] = (epoch, worker);
    }
}
