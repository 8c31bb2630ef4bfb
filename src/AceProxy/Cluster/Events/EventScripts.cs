using AceProxy.Cluster.Connection;

namespace AceProxy.Cluster.Events;

/// <summary>
/// The events in Redis: a stream of as many as <see cref="AceProxy.Events.EventLog.Most"/>, with fields writer, number, kind, stream, event.
/// </summary>
internal static class EventScripts
{
    /// <summary>
    /// Writes what is new of one worker and reads what is behind an id, in one step. Ids grow even if Redis has lost everything and its clock is
    /// behind. What was written before, by an attempt whose answer was lost, is not written again.
    /// KEYS: log, the writer's last number. ARGV: how many are kept, their life in ms, the id, how many are read, channel, writer, then number, kind,
    /// stream, event, … Answers {ms, the oldest id or '', {{id, {field, value, …}}, …}, the writer's last number,
    /// 1 if the id is there or 0, the id that was beyond all that numbers hold exactly, so that the log was deleted, or ''}.
    /// </summary>
    public static readonly RedisScript Exchange = new("""
        local now = redis.call('TIME')
        local ms = now[1] * 1000 + math.floor(now[2] / 1000)
        local last = tonumber(redis.call('GET', KEYS[2]) or '0') or 0
        local top = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
        local beyond = ''
        if top and tonumber(string.match(top[1], '^%d+')) > 2^53 then
          redis.call('DEL', KEYS[1])
          top, beyond = nil, top[1]
        end
        local has = redis.call('XRANGE', KEYS[1], ARGV[3], ARGV[3])[1]
        if #ARGV > 6 then
          local known = tonumber(string.match(ARGV[3], '^%d+'))
          local next = '*'
          if known >= ms and (not top or tonumber(string.match(top[1], '^%d+')) < known) then next = string.format('%.0f', known + 1) .. '-*' end
          for i = 7, #ARGV, 4 do
            if tonumber(ARGV[i]) > last then
              local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], next, 'writer', ARGV[6], 'number', ARGV[i],
                'kind', ARGV[i + 1], 'stream', ARGV[i + 2], 'event', ARGV[i + 3])
              next = '*' -- which is behind the last, whatever the clock says
              redis.call('PUBLISH', ARGV[5], id .. ' ' .. ARGV[6] .. ' ' .. ARGV[i + 3])
              last = tonumber(ARGV[i])
            end
          end
          redis.call('SET', KEYS[2], string.format('%.0f', last), 'PX', ARGV[2])
          redis.call('PEXPIRE', KEYS[1], ARGV[2])
        end
        local oldest = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)
        local behind = redis.call('XRANGE', KEYS[1], '(' .. ARGV[3], '+', 'COUNT', ARGV[4])
        return {string.format('%.0f', ms), oldest[1] and oldest[1][1] or '', behind, string.format('%.0f', last), has and 1 or 0, beyond}
        """);
}
