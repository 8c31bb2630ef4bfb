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
    /// Before a script: <c>lease(key)</c> and <c>epoch(key)</c> read what workers write, which has an end and a shape and epochs below 2^53. Whatever else
    /// is there counts as nothing, so that it stops nobody and is written over; <c>nonsense</c> names its keys.
    /// </summary>
    public const string Reading = """
        local nonsense = {}
        local function read(key, shape, other)
          local text = redis.pcall('GET', key)
          if not text then return nil end
          if type(text) == 'string' and redis.call('PTTL', key) >= 0 then
            local epoch = tonumber(string.match(text, shape) or '')
            if epoch and epoch < 2^53 or other and string.match(text, other) then return text end
          end
          table.insert(nonsense, key)
        end
        local function lease(key) return read(key, '^[%w._-]+ ([1-9]%d*)$', '^>[%w._-]+$') end
        local function epoch(key) return read(key, '^[1-9]%d*$') end

        """;

    /// <summary>
    /// ARGV: worker, life in ms, an epoch to exceed, the epoch's life in ms, channel. Answers {1, holder, nonsense} or {0, holder}. Whoever asks has no
    /// lease that he knows of: one in his name is of a question whose answer was lost, or of a process before him, and nobody would renew it.
    /// </summary>
    public static readonly RedisScript Acquire = new(Reading + """
        local held = lease(KEYS[1])
        local own = ARGV[1] .. ' '
        if held and held ~= '>' .. ARGV[1] and string.sub(held, 1, #own) ~= own then return {0, held} end
        local now = redis.call('TIME')
        local last = tonumber(epoch(KEYS[2]) or '0')
        local text = string.format('%.0f', math.max(now[1] * 1000000 + now[2], (last + 1) % 2^53, (ARGV[3] + 1) % 2^53))
        redis.call('SET', KEYS[1], own .. text, 'PX', ARGV[2])
        redis.call('SET', KEYS[2], text, 'PX', ARGV[4])
        redis.call('PUBLISH', ARGV[5], 'owner')
        return {1, own .. text, table.concat(nonsense, ', ')}
        """);

    /// <summary>
    /// ARGV: holder, life in ms, epoch, the epoch's life in ms, worker, how long a client is believed in ms. Answers {what, nonsense}: 0 when it is not
    /// the holder's any more, 1, or 2 when other workers have clients. A lease that Redis has lost is put back if nobody has had it since; 3 then in
    /// place of 1: who has clients may be lost as well, as it is when something else was in their place.
    /// </summary>
    public static readonly RedisScript Renew = new(Reading + """
        local held, last = lease(KEYS[1]), epoch(KEYS[2])
        if held ~= ARGV[1] and (held or (last and last ~= ARGV[3])) then return {0, ''} end
        redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
        redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4])
        local now = redis.call('TIME')
        local oldest = string.format('%.0f', now[1] * 1000 + math.floor(now[2] / 1000) - ARGV[6])
        local own = ARGV[5] .. '/'
        local at, size = 0, 100
        local what = held and 1 or 3
        repeat
          local some = redis.pcall('ZRANGEBYSCORE', KEYS[3], oldest, '+inf', 'LIMIT', at, size)
          if some.err then
            redis.call('DEL', KEYS[3])
            table.insert(nonsense, KEYS[3])
            what = 3
          end
          for i = 1, #some do
            if string.sub(some[i], 1, #own) ~= own then what = 2 end
          end
          local isLast = #some < size
          at, size = at + size, size * 2 -- Redis walks to where a page begins, which is no further than it is long
        until what == 2 or isLast
        return {what, table.concat(nonsense, ', ')}
        """);

    /// <summary>ARGV: holder, channel, message.</summary>
    public static readonly RedisScript Release = new("""
        if redis.pcall('GET', KEYS[1]) ~= ARGV[1] then return 0 end
        redis.call('DEL', KEYS[1])
        redis.call('PUBLISH', ARGV[2], ARGV[3])
        return 1
        """);

    /// <summary>
    /// ARGV: worker, how long a client is believed in ms. Answers the other workers that have clients of the stream, the one with the most first.
    /// </summary>
    public static readonly RedisScript FindFollowers = new("""
        local now = redis.call('TIME')
        local oldest = string.format('%.0f', now[1] * 1000 + math.floor(now[2] / 1000) - ARGV[2])
        local clients, workers = {}, {}
        for _, member in ipairs(redis.pcall('ZRANGEBYSCORE', KEYS[3], oldest, '+inf')) do
          local worker = string.match(member, '^([%w._-]+)/[^/]*$')
          if worker and worker ~= ARGV[1] then
            if not clients[worker] then table.insert(workers, worker) end
            clients[worker] = (clients[worker] or 0) + 1
          end
        end
        table.sort(workers, function(one, other) return clients[one] > clients[other] end)
        return workers
        """);

    /// <summary>ARGV: holder, channel, the worker that it is kept free for, for how long in ms. Answers 0 when it is not the holder's any more.</summary>
    public static readonly RedisScript HandOver = new("""
        if redis.pcall('GET', KEYS[1]) ~= ARGV[1] then return 0 end
        redis.call('SET', KEYS[1], '>' .. ARGV[3], 'PX', ARGV[4])
        redis.call('PUBLISH', ARGV[2], 'owner')
        return 1
        """);
}
