using AceProxy.Cluster.Connection;
using AceProxy.Engines;
using AceProxy.Engines.Sources;
using StackExchange.Redis;

namespace AceProxy.Cluster.Commands;

/// <summary>
/// Which engines operators want empty, on all workers: a hash in Redis, engine → <c>1 or 0, milliseconds</c>, of which the newer word counts.
/// Every worker writes what it knows and reads the rest at every heartbeat; so one that an order did not reach, or that started later, follows,
/// and what Redis has lost is put back.
/// </summary>
internal sealed class SharedEngineDrains(RedisConnection redis, ClusterOptions options, EngineCatalog catalog, TimeProvider time) : BackgroundService
{
    /// <summary>After the last worker's last word; who drains an engine for longer keeps a worker running.</summary>
    private static readonly TimeSpan Life = TimeSpan.FromDays(1);

    // ARGV: life in ms, then engine, 1 or 0, stamp, … Answers engine, 'd stamp', …
    private static readonly RedisScript Merge = new("""
        for i = 2, #ARGV, 3 do
          local known = redis.call('HGET', KEYS[1], ARGV[i])
          local stamp = known and tonumber(string.match(known, '^[01] (%d+)$') or '0') or 0
          if tonumber(ARGV[i + 2]) > stamp then redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1] .. ' ' .. ARGV[i + 2]) end
        end
        redis.call('PEXPIRE', KEYS[1], ARGV[1])
        return redis.call('HGETALL', KEYS[1])
        """);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (bool IsDrained, long Stamp)> _words = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<Engine, long> _followed = [];
    private readonly SemaphoreSlim _noted = new(0);

    /// <summary>An operator has told this worker.</summary>
    /// <param name="engine">host:port.</param>
    public void Note(string engine, bool isDrained)
    {
        lock (_gate)
        {
            _words[engine] = (isDrained, Math.Max(time.GetUtcNow().ToUnixTimeMilliseconds(), _words.GetValueOrDefault(engine).Stamp + 1));
        }

        _noted.Release();
    }

    public override void Dispose()
    {
        _noted.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        catalog.Changed += Follow; // an engine that is new here
        try
        {
            while (true)
            {
                await MergeAsync();
                Follow();
                await _noted.WaitAsync(options.WorkerHeartbeat, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The worker is stopping.
        }
        finally
        {
            catalog.Changed -= Follow;
        }
    }

    private async Task MergeAsync()
    {
        RedisValue[] known;
        lock (_gate)
        {
            known = [.. _words.SelectMany(word => new RedisValue[] { word.Key, word.Value.IsDrained ? 1 : 0, word.Value.Stamp })];
        }

        Answer<RedisResult> answer = await redis.RunAsync(Merge, [ClusterKeys.Drained], [(long)Life.TotalMilliseconds, .. known]);
        if (!answer.IsThere)
        {
            return;
        }

        var words = (string[])answer.Value!;
        lock (_gate)
        {
            for (int i = 0; i + 1 < words.Length; i += 2)
            {
                string word = words[i + 1];
                if (word.Length > 2 && long.TryParse(word.AsSpan(2), out long stamp) && stamp > _words.GetValueOrDefault(words[i]).Stamp)
                {
                    _words[words[i]] = (word[0] == '1', stamp);
                }
            }
        }
    }

    private void Follow()
    {
        List<(Engine Engine, bool IsDrained)> changes = [];
        lock (_gate)
        {
            IReadOnlyList<Engine> engines = catalog.Engines;
            foreach (Engine gone in _followed.Keys.Except(engines).ToArray())
            {
                _followed.Remove(gone);
            }

            foreach (Engine engine in engines)
            {
                if (_words.TryGetValue(engine.Address.Id, out (bool IsDrained, long Stamp) word)
                    && _followed.GetValueOrDefault(engine) != word.Stamp)
                {
                    _followed[engine] = word.Stamp;
                    changes.Add((engine, word.IsDrained));
                }
            }
        }

        changes.ForEach(change => change.Engine.Drain(change.IsDrained)); // outside the lock: it comes back here
    }
}
