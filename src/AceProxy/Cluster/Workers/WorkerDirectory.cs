using System.Text.Json;
using AceProxy.Cluster.Connection;
using StackExchange.Redis;

namespace AceProxy.Cluster.Workers;

/// <summary>
/// The workers that are there, in one hash: id → <c>milliseconds of Redis's clock : JSON</c>. Only Redis's clock decides who is still alive, so
/// the workers' own may differ. An entry that nobody keeps alive is deleted by whoever reads it.
/// </summary>
internal sealed class WorkerDirectory(RedisConnection redis, ClusterOptions options, ILogger<WorkerDirectory> logger)
{
    private static readonly RedisScript Write = new("""
        local now = redis.call('TIME')
        local ms = string.format('%.0f', now[1] * 1000 + math.floor(now[2] / 1000))
        redis.call('HSET', KEYS[1], ARGV[1], ms .. ':' .. ARGV[2])
        return 1
        """);

    private static readonly RedisScript Delete = new("return redis.call('HDEL', KEYS[1], ARGV[1])");

    // ARGV[1]: how many ms an entry is believed. Answers id, JSON, id, JSON …
    private static readonly RedisScript ReadLive = new("""
        local now = redis.call('TIME')
        local ms = now[1] * 1000 + math.floor(now[2] / 1000)
        local all = redis.call('HGETALL', KEYS[1])
        local live = {}
        for i = 1, #all, 2 do
          local at, json = string.match(all[i + 1], '^(%d+):(.*)$')
          if at and ms - tonumber(at) <= tonumber(ARGV[1]) then
            live[#live + 1] = all[i]
            live[#live + 1] = json
          else
            redis.call('HDEL', KEYS[1], all[i])
          end
        end
        return live
        """);

    /// <summary>An entry is believed for so long after its last heartbeat.</summary>
    public TimeSpan Lifetime => options.WorkerHeartbeat * 5;

    public async Task<bool> WriteAsync(WorkerRecord worker) =>
        (await redis.RunAsync(Write, [ClusterKeys.Workers], worker.Id, JsonSerializer.Serialize(worker, JsonSerializerOptions.Web))).IsThere;

    public async Task<bool> DeleteAsync(string id) => (await redis.RunAsync(Delete, [ClusterKeys.Workers], id)).IsThere;

    /// <summary>Those whose heartbeat is fresh, draining or not, in the order of their ids; no answer when Redis is away.</summary>
    public async Task<Answer<IReadOnlyList<WorkerRecord>>> ReadAsync()
    {
        Answer<RedisResult> answer = await redis.RunAsync(ReadLive, [ClusterKeys.Workers], (long)Lifetime.TotalMilliseconds);
        if (!answer.IsThere)
        {
            return Answer<IReadOnlyList<WorkerRecord>>.None;
        }

        var entries = (string[])answer.Value!;
        var workers = new List<WorkerRecord>();
        for (int i = 0; i + 1 < entries.Length; i += 2)
        {
            if (Parse(entries[i], entries[i + 1]) is { } worker)
            {
                workers.Add(worker);
            }
        }

        workers.Sort((one, other) => string.CompareOrdinal(one.Id, other.Id));
        return new Answer<IReadOnlyList<WorkerRecord>>(true, workers);
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

            ClusterLog.BadWorker(logger, EngineApi.Words.Tame(id), "its id or address makes no sense");
        }
        catch (JsonException exception)
        {
            ClusterLog.BadWorker(logger, EngineApi.Words.Tame(id), EngineApi.Words.Tame(exception.Message));
        }

        return null;
    }
}
