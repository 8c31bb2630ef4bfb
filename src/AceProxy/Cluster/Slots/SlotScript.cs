using AceProxy.Cluster.Connection;

namespace AceProxy.Cluster.Slots;

/// <summary>
/// What happens to an engine's slots in Redis, in one step. A hash an engine: worker → <c>slots:doubted:till</c>, both in milliseconds of Redis's
/// clock. From <c>doubted</c> on the worker seems to be dead, and whoever takes a stream of its over may have the stream's slot; from <c>till</c> on
/// it is believed no more. <c>&gt;worker</c> has what was given back for that worker, <c>@</c> when the hash began: another one, and Redis has lost
/// who held what.
/// </summary>
internal static class SlotScript
{
    /// <summary>
    /// KEYS: engine. ARGV: worker, how many it wants to hold, how many all may hold (-1: it holds them anyway), ms until its entry is doubted, ms until
    /// it is believed no more, the most ms that any is believed, channel, predecessor or '', the begin that the worker knows or '', how many the
    /// others held then, ms for which slots are kept for heirs, heirs, one for each slot that goes to one.
    /// Answers {1 or 0, what the others hold, or held then if that is another begin, the hash's begin, what they hold by the hash, those whose entries made no sense and were taken out …}; so is one that would be
    /// believed for too long: a Redis whose clock was ahead had it written, and its worker may be dead.
    /// </summary>
    public static readonly RedisScript Hold = new("""
        local now = redis.call('TIME')
        local ms = now[1] * 1000 + math.floor(now[2] / 1000)
        local function entry(slots, doubted, till) return slots .. ':' .. string.format('%.0f', doubted) .. ':' .. string.format('%.0f', till) end
        local function read(text)
          local slots, doubted, till = string.match(text or '', '^(%d%d?%d?%d?):(%d+):(%d+)$')
          return tonumber(slots or 0), tonumber(doubted), tonumber(till)
        end

        local nonsense = {}
        local all = redis.pcall('HGETALL', KEYS[1])
        if all.err then
          redis.call('DEL', KEYS[1])
          nonsense[1], all = 'all', {}
        end

        local begin
        local others, mine = 0, 0
        local entries = {}
        for i = 1, #all, 2 do
          local slots, doubted, till = read(all[i + 1])
          local left = till and till - ms
          if all[i] == '@' then begin = #all[i + 1] < 16 and string.match(all[i + 1], '^%d+$')
          elseif all[i] == ARGV[1] then mine = slots
          elseif left and left >= 0 and left <= tonumber(ARGV[6]) then
            others = others + slots
            entries[all[i]] = { slots = slots, doubted = doubted, till = till }
          else
            redis.call('HDEL', KEYS[1], all[i])
            if not left or left > 0 then nonsense[#nonsense + 1] = string.sub(all[i], 1, 100) end
          end
        end

        if not begin then
          begin = string.format('%.0f', ms)
          redis.call('HSET', KEYS[1], '@', begin)
        end

        local function write(who, slots, doubted, till)
          if slots > 0 then redis.call('HSET', KEYS[1], who, entry(slots, doubted, till)) else redis.call('HDEL', KEYS[1], who) end
        end

        for i = 12, #ARGV do
          local heir = '>' .. ARGV[i]
          local had = entries[heir] and entries[heir].slots or 0
          others = others + 1
          entries[heir] = { slots = had + 1, doubted = 0, till = ms + ARGV[11] }
          write(heir, had + 1, 0, ms + ARGV[11])
        end

        local wanted, most = tonumber(ARGV[2]), tonumber(ARGV[3])
        local due
        if ARGV[8] ~= '' and most >= 0 then
          local kept, estate = '>' .. ARGV[1], entries[ARGV[8]]
          due = entries[kept] and kept or estate and estate.slots > 0 and estate.doubted <= ms and others + wanted == most + 1 and ARGV[8]
        end

        local lost = ARGV[9] ~= '' and ARGV[9] ~= begin and tonumber(ARGV[10]) or 0
        local left = math.max(others, lost) - (due and 1 or 0)
        if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[5]) then redis.call('PEXPIRE', KEYS[1], ARGV[5]) end
        if most >= 0 and left + wanted > most then return {0, math.max(others, lost), begin, others, unpack(nonsense, 1, 3)} end
        if due then write(due, entries[due].slots - 1, entries[due].doubted, entries[due].till) end
        write(ARGV[1], wanted, ms + ARGV[4], ms + ARGV[5])
        if wanted < mine then redis.call('PUBLISH', ARGV[7], 'freed') end
        return {1, left, begin, due and others - 1 or others, unpack(nonsense, 1, 3)}
        """);
}
