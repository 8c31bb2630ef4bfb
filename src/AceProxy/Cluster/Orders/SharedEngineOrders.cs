using AceProxy.Cluster.Connection;
using AceProxy.Engines.Orders;
using AceProxy.Hosting;
using StackExchange.Redis;

namespace AceProxy.Cluster.Orders;

/// <summary>
/// What operators have said of engines, on all workers: a hash in Redis, subject → <c>stamp:word</c>, of which the newer word counts. Every worker
/// reads it at every heartbeat and writes what it knows better; so one that an order did not reach, or that started later, follows, and what Redis has
/// lost is put back, what was taken back as well.
/// </summary>
internal sealed class SharedEngineOrders(
    RedisConnection redis, ClusterOptions options, EngineOrders orders, TimeProvider time, ILogger<SharedEngineOrders> logger)
    : SteadyService(time, logger)
{
    /// <summary>Entries that are named in one line of the log; the rest is counted.</summary>
    private const int MostNamed = 3;

    /// <summary>After the last worker's last word; who wants an order to hold for longer keeps a worker running.</summary>
    private static readonly TimeSpan Life = TimeSpan.FromDays(1);

    // ARGV: life in ms, most entries, longest entry, latest stamp; then subject, stamp, word, …, where an empty word forgets what is not newer. Answers subject,
    // 'stamp:word', … of all. What is nonsense there is older than anything else.
    private static readonly RedisScript Merge = new("""
        local most = tonumber(ARGV[2])
        local count = redis.call('HLEN', KEYS[1])
        if count > 2 * most then return redis.error_reply('ERR ' .. count .. ' entries are too many') end
        local words = {yes = true, no = true, forwarded = true}
        for i = 5, #ARGV, 3 do
          local known = redis.call('HGET', KEYS[1], ARGV[i])
          local stamp, word = string.match(known or '', '^(%d+):(%l+)$')
          stamp = tonumber(stamp or 0)
          if not words[word or ''] or stamp > tonumber(ARGV[4]) then stamp, word = 0, '' end
          local new = tonumber(ARGV[i + 1])
          if ARGV[i + 2] == '' then
            if stamp <= new then redis.call('HDEL', KEYS[1], ARGV[i]) end
          elseif (new > stamp or (new == stamp and ARGV[i + 2] > word)) and (known or redis.call('HLEN', KEYS[1]) < most) then
            redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1] .. ':' .. ARGV[i + 2])
          end
        end
        redis.call('PEXPIRE', KEYS[1], ARGV[1])
        local all = redis.call('HGETALL', KEYS[1])
        local longest = tonumber(ARGV[3])
        for i = 1, #all do
          if #all[i] > longest then all[i] = string.sub(all[i], 1, longest) end
        end
        return all
        """);

    /// <summary>Characters of a subject or its word; a host has at most 255.</summary>
    private const int Longest = 300;

    private readonly SemaphoreSlim _given = new(0);
    private string _complaint = "";

    /// <summary>Reads what other workers were told, so that an order can be given on top of it. Redis away: this worker knows what it knows.</summary>
    public async Task RefreshAsync()
    {
        if (await AskAsync([]) is { } theirs && orders.Exchange(theirs) is { } mine && mine.Lacking.Count + mine.Forgotten.Count > 0)
        {
            await AskAsync([
                .. mine.Lacking.SelectMany(order => new RedisValue[] { order.Subject, order.Stamp, order.Word }),
                .. mine.Forgotten.SelectMany(order => new RedisValue[] { order.Subject, order.Stamp, "" }),
            ]);
        }
    }

    /// <summary>An order was given here: it is written now, and not at the next heartbeat.</summary>
    public void Tell() => _given.Release();

    public override void Dispose()
    {
        _given.Dispose();
        base.Dispose();
    }

    protected override async Task RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            await RefreshAsync();
            await _given.WaitAsync(options.WorkerHeartbeat, cancellation);
        }
    }

    /// <returns>What Redis knows then; null: it did not answer.</returns>
    private async Task<IReadOnlyCollection<EngineOrder>?> AskAsync(RedisValue[] changes) => (await redis.RunAsync(
        Merge, Read, [ClusterKeys.EngineOrders],
        [(long)Life.TotalMilliseconds, EngineOrders.Most, Longest, EngineOrder.Latest(Time.GetUtcNow()), .. changes])).Value;

    private List<EngineOrder> Read(RedisResult reply)
    {
        var entries = (string[])reply!;
        var known = new List<EngineOrder>();
        var problems = new List<string>();
        for (int i = 0; i + 1 < entries.Length; i += 2)
        {
            if (EngineOrder.TryParse($"{entries[i]} {entries[i + 1]}", Time.GetUtcNow(), out string problem) is { } order)
            {
                known.Add(order);
            }
            else
            {
                problems.Add(problem);
            }
        }

        Complain(problems);
        return known;
    }

    /// <summary>Once, and not at every heartbeat.</summary>
    private void Complain(List<string> problems)
    {
        string complaint = string.Join("; ", problems.Order(StringComparer.Ordinal).Take(MostNamed))
            + (problems.Count > MostNamed ? $"; and {problems.Count - MostNamed} more" : "");
        if (Interlocked.Exchange(ref _complaint, complaint) != complaint && problems.Count > 0)
        {
            ClusterLog.BadOrders(Logger, (string)ClusterKeys.EngineOrders!, complaint);
        }
    }
}
