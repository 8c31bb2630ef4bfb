using AceProxy.Cluster.Connection;

namespace AceProxy.Cluster.Leases;

/// <summary>What happens to leases in Redis, each in one step. KEYS: lease, epoch, clients, as far as they are used.</summary>
/// <remarks>
/// Epochs are Redis's clock in µs, and more than every one before, as far as Redis or the asker knows: they grow even when Redis has lost
/// everything in the meantime. They stay below 2^53, which is what Lua's numbers hold exactly.
/// </remarks>
internal static class LeaseScripts
{
    /// <summary>
    /// ARGV: worker, life in ms, an epoch to exceed, the epoch's life in ms, channel. Answers {1, epoch} or {0, holder}. Whoever asks has no lease
    /// that he knows of: one in his name is of a question whose answer was lost, or of a process before him, and nobody would renew it.
    /// </summary>
    public static readonly RedisScript Acquire = new("""
        local held = redis.call('GET', KEYS[1])
        local own = ARGV[1] .. ' '
        if held and held ~= '>' .. ARGV[1] and string.sub(held, 1, #own) ~= own then return {0, held} end
        local now = redis.call('TIME')
        local last = tonumber(redis.call('GET', KEYS[2]) or '0') or 0
        local epoch = math.max(now[1] * 1000000 + now[2], last + 1, tonumber(ARGV[3]) + 1)
        local text = string.format('%.0f', epoch)
        redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. text, 'PX', ARGV[2])
        redis.call('SET', KEYS[2], text, 'PX', ARGV[4])
        redis.call('PUBLISH', ARGV[5], 'owner')
        return {1, text}
        """);

    /// <summary>
    /// ARGV: holder, life in ms, epoch, the epoch's life in ms, worker, how long a client is believed in ms. Answers 0 when it is not the holder's
    /// any more, 1, or 2 when other workers have clients. A lease that Redis has lost is put back if nobody has had it since; 3 then in place of 1:
    /// who has clients may be lost as well.
    /// </summary>
    public static readonly RedisScript Renew = new("""
        local held = redis.call('GET', KEYS[1])
        local epoch = redis.call('GET', KEYS[2])
        if held ~= ARGV[1] and (held or (epoch and epoch ~= ARGV[3])) then return 0 end
        redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
        redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4])
        local now = redis.call('TIME')
        local oldest = string.format('%.0f', now[1] * 1000 + math.floor(now[2] / 1000) - ARGV[6])
        local own = ARGV[5] .. '/'
        local at = 0
        while true do
          local some = redis.call('ZRANGEBYSCORE', KEYS[3], oldest, '+inf', 'LIMIT', at, 100)
          for i = 1, #some do
            if string.sub(some[i], 1, #own) ~= own then return 2 end
          end
          if #some < 100 then return held and 1 or 3 end
          at = at + 100
        end
        """);

    /// <summary>ARGV: holder, channel, message.</summary>
    public static readonly RedisScript Release = new("""
        if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
        redis.call('DEL', KEYS[1])
        redis.call('PUBLISH', ARGV[2], ARGV[3])
        return 1
        """);

    /// <summary>ARGV: how long a client is believed in ms, workers. Answers the one of them with the most clients of the stream, or nothing.</summary>
    public static readonly RedisScript FindSuccessor = new("""
        local now = redis.call('TIME')
        local oldest = string.format('%.0f', now[1] * 1000 + math.floor(now[2] / 1000) - ARGV[1])
        local clients = {}
        for i = 2, #ARGV do clients[ARGV[i]] = 0 end
        local best = ''
        for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], oldest, '+inf')) do
          local worker = string.match(member, '^(.+)/[^/]*$')
          if clients[worker or ''] then
            clients[worker] = clients[worker] + 1
            if best == '' or clients[worker] > clients[best] then best = worker end
          end
        end
        return best
        """);

    /// <summary>ARGV: holder, channel, the worker that it is kept free for, for how long in ms. Answers 0 when it is not the holder's any more.</summary>
    public static readonly RedisScript HandOver = new("""
        if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
        redis.call('SET', KEYS[1], '>' .. ARGV[3], 'PX', ARGV[4])
        redis.call('PUBLISH', ARGV[2], 'owner')
        return 1
        """);
}
