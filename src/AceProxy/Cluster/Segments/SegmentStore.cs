using System.Globalization;
using AceProxy.Buffering;
using AceProxy.Cluster.Connection;
using AceProxy.Cluster.Leases;
using AceProxy.Content;
using StackExchange.Redis;

namespace AceProxy.Cluster.Segments;

/// <summary>Segments in Redis: one command to write one, one to read one.</summary>
internal sealed class SegmentStore(RedisConnection redis, RingOptions ring, ILogger<SegmentStore> logger)
{
    // KEYS: lease, meta, segment. ARGV: holder, segment, life in ms, epoch, number, made at, continued epoch, continued number, channel, engine.
    // Fenced: whoever has lost the lease writes nothing. Writing the same again, after an answer was lost, does no harm. Answers 2 where it had to
    // put a meta into the place of something else.
    private static readonly RedisScript WriteScript = new("""
        if redis.pcall('GET', KEYS[1]) ~= ARGV[1] then return 0 end
        local replaced = type(redis.pcall('HLEN', KEYS[2])) == 'table' and redis.call('DEL', KEYS[2]) or 0
        redis.call('SET', KEYS[3], ARGV[2], 'PX', ARGV[3])
        redis.call('HSET', KEYS[2], 'epoch', ARGV[4], 'number', ARGV[5], 'madeAt', ARGV[6], 'beforeEpoch', ARGV[7], 'beforeNumber', ARGV[8], 'engine', ARGV[10])
        redis.call('PEXPIRE', KEYS[2], ARGV[3])
        redis.call('PUBLISH', ARGV[9], 'chunk ' .. ARGV[4] .. ' ' .. ARGV[5])
        return 1 + replaced
        """);

    // KEYS: lease, meta; one that is no hash has no fields.
    private static readonly RedisScript LookScript = new(LeaseScripts.Reading + """
        local meta = redis.pcall('HMGET', KEYS[2], 'epoch', 'number', 'madeAt', 'beforeEpoch', 'beforeNumber', 'engine')
        for i = 1, 6 do meta[i] = meta[i] or '' end
        return {lease(KEYS[1]) or '', meta[1], meta[2], meta[3], meta[4], meta[5], meta[6], redis.call('PTTL', KEYS[1])}
        """);

    /// <param name="continues">What the first segment of this epoch continues.</param>
    /// <returns>False: the lease is somebody else's; no answer: Redis may have it or not, and it may be written again.</returns>
    public Task<Answer<bool>> WriteAsync(
        ContentKey stream, LeaseHolder holder, Segment segment, byte[] bytes, SegmentId? continues, string engine) =>
        redis.RunAsync(
            WriteScript, reply => IsWritten(stream, reply),
            [ClusterKeys.Lease(stream), ClusterKeys.Meta(stream), ClusterKeys.Segment(stream, segment.Id.Epoch, segment.Id.Number)],
            holder.ToString(), bytes, (long)ring.Ttl.TotalMilliseconds, segment.Id.Epoch, segment.Id.Number, segment.MadeAt,
            continues?.Epoch ?? -1, continues?.Number ?? -1, (string)ClusterKeys.Changes(stream)!, engine);

    /// <returns>Null bytes: it is not there, never was or not any more. None at all: it is no string.</returns>
    public Task<Answer<byte[]?>> ReadAsync(ContentKey stream, SegmentId id)
    {
        RedisKey key = ClusterKeys.Segment(stream, id.Epoch, id.Number);
        return redis.AskAsync<byte[]?>(
            async database =>
            {
                try
                {
                    return await database.StringGetAsync(key);
                }
                catch (RedisServerException refusal) when (refusal.Message.StartsWith("WRONGTYPE", StringComparison.Ordinal))
                {
                    return [];
                }
            },
            key);
    }

    public Task<Answer<StreamView>> LookAsync(ContentKey stream) =>
        redis.RunAsync(LookScript, View, [ClusterKeys.Lease(stream), ClusterKeys.Meta(stream)]);

    public Task TellAsync(ContentKey stream, StreamMessage message) =>
        redis.AskAsync(database => database.PublishAsync(ClusterKeys.Changes(stream), message.ToString()));

    private bool IsWritten(ContentKey stream, RedisResult reply)
    {
        int written = (int)reply;
        if (written == 2)
        {
            ClusterLog.Replaced(logger, ClusterKeys.Meta(stream)!);
        }

        return written > 0;
    }

    private static StreamView View(RedisResult reply)
    {
        var fields = (string[])reply!;
        return new StreamView(
            fields[0].Length > 0 ? LeaseHolder.Parse(fields[0]) : null,
            Id(fields[1], fields[2]), long.TryParse(fields[3], out long madeAt) ? madeAt : 0, Id(fields[4], fields[5]), fields[6],
            TimeSpan.FromMilliseconds(long.Parse(fields[7], CultureInfo.InvariantCulture)));
    }

    private static SegmentId? Id(string epoch, string number) =>
        long.TryParse(epoch, out long e) && long.TryParse(number, out long n)
            && e is > 0 and <= LeaseHolder.LastEpoch && n is >= 0 and <= LeaseHolder.LastEpoch
            ? new SegmentId(e, n) : null;
}
