using System.Text.Json;
using AceProxy.Cluster.Connection;
using AceProxy.Telemetry;
using StackExchange.Redis;

namespace AceProxy.Cluster.Workers;

/// <summary>
/// The workers that are there, in one hash: id → <c>milliseconds of Redis's clock until which it is believed : JSON</c>. Only Redis's clock decides
/// who is still alive, so the workers' own may differ. An entry that nobody keeps alive is taken out by the next worker that writes its own.
/// </summary>
internal sealed class WorkerDirectory(RedisConnection redis, ClusterOptions options, ILogger<WorkerDirectory> logger)
{
    // ARGV: id, for how many ms it is believed, JSON, the longest that any is believed. Answers {1 if it was not there, its JSON or '', the ids of
    // those that were taken out …}
    private static readonly RedisScript Write = new("""
        local now = redis.call('TIME')
        local ms = now[1] * 1000 + math.floor(now[2] / 1000)
        local before = redis.call('HGET', KEYS[1], ARGV[1])
        local reply = {before and 0 or 1, string.match(before or '', '^%d+:(.*)$') or ''}
        redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f', ms + ARGV[2]) .. ':' .. ARGV[3])
        local all = redis.call('HGETALL', KEYS[1])
        for i = 1, #all, 2 do
          local till = string.match(all[i + 1], '^(%d+):')
          if not till or tonumber(till) < ms or tonumber(till) > ms + ARGV[4] then
            redis.call('HDEL', KEYS[1], all[i])
            reply[#reply + 1] = all[i]
          end
        end
        return reply
        """);

    private static readonly RedisScript Delete = new("return redis.call('HDEL', KEYS[1], ARGV[1])");

    // ARGV: the longest that any is believed. Answers id, JSON, id, JSON …
    private static readonly RedisScript ReadLive = new("""
        local now = redis.call('TIME')
        local ms = now[1] * 1000 + math.floor(now[2] / 1000)
        local all = redis.call('HGETALL', KEYS[1])
        local live = {}
        for i = 1, #all, 2 do
          local till, json = string.match(all[i + 1], '^(%d+):(.*)$')
          if till and tonumber(till) >= ms and tonumber(till) <= ms + ARGV[1] then
            live[#live + 1] = all[i]
            live[#live + 1] = json
          end
        end
        return live
        """);

    private const int Beats = 5;

    /// <summary>An entry is believed for so long after its last heartbeat.</summary>
    public TimeSpan Lifetime => options.WorkerHeartbeat * Beats;

    /// <summary>What is to be believed for longer was written when Redis's clock was another, and is not.</summary>
    private static long LongestLifetime => (long)(ClusterOptions.LongestHeartbeat * Beats).TotalMilliseconds;

    /// <returns>What else was found; no answer when Redis is away.</returns>
    public Task<Answer<DirectoryChange>> WriteAsync(WorkerRecord worker) => redis.RunAsync(
        Write, reply => ReadChange(worker.Id, reply), [ClusterKeys.Workers],
        worker.Id, (long)Lifetime.TotalMilliseconds, JsonSerializer.Serialize(worker, JsonSerializerOptions.Web), LongestLifetime);

    public async Task<bool> DeleteAsync(string id) => (await redis.RunAsync(Delete, [ClusterKeys.Workers], id)).IsThere;

    /// <summary>Those whose heartbeat is fresh, draining or not, in the order of their ids; no answer when Redis is away.</summary>
    public Task<Answer<IReadOnlyList<WorkerRecord>>> ReadAsync() => redis.RunAsync<IReadOnlyList<WorkerRecord>>(
        ReadLive, Read, [ClusterKeys.Workers], LongestLifetime);

    private DirectoryChange ReadChange(string id, RedisResult reply)
    {
        var parts = (RedisResult[])reply!;
        string before = (string)parts[1]!;
        return new DirectoryChange(
            (int)parts[0] == 1, before.Length > 0 ? Parse(id, before) : null, [.. parts[2..].Select(gone => Words.Tame((string)gone!))]);
    }

    private List<WorkerRecord> Read(RedisResult reply)
    {
        var entries = (string[])reply!;
        var workers = new List<WorkerRecord>();
        for (int i = 0; i + 1 < entries.Length; i += 2)
        {
            if (Parse(entries[i], entries[i + 1]) is { } worker)
            {
                workers.Add(worker);
            }
        }

        workers.Sort((one, other) => string.CompareOrdinal(one.Id, other.Id));
        return workers;
    }

    private WorkerRecord? Parse(string id, string json)
    {
        try
        {
            WorkerRecord? worker = JsonSerializer.Deserialize<WorkerRecord>(json, JsonSerializerOptions.Web);
            if (worker?.Id == id && Uri.TryCreate(worker.Address, UriKind.Absolute, out Uri? address) && address.Scheme == Uri.UriSchemeHttp)
            {
                return worker;
            }

            ClusterLog.BadWorker(logger, Words.Tame(id), "its id or address makes no sense");
        }
        catch (JsonException exception)
        {
            ClusterLog.BadWorker(logger, Words.Tame(id), Words.Tame(exception.Message));
        }

        return null;
    }
}
