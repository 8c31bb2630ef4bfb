using AceProxy.Cluster.Connection;
using AceProxy.Cluster.Workers;
using AceProxy.Content;
using AceProxy.LiveStreams;
using StackExchange.Redis;

namespace AceProxy.Cluster.Leases;

/// <summary>Asks for the leases of streams.</summary>
internal sealed class Leases(
    RedisConnection redis, ClusterOptions options, LiveStreamOptions clients, WorkerIdentity identity, TimeProvider time, ILogger<Leases> logger)
{
    /// <summary>An epoch is remembered for so long after its last sign of life; after that Redis's clock alone makes the next one larger.</summary>
    private static readonly TimeSpan EpochLife = TimeSpan.FromHours(1);

    /// <summary>A lease that was handed over is kept free for so long; then anybody may take it.</summary>
    private static readonly TimeSpan HandOverTime = TimeSpan.FromSeconds(2);

    public TimeSpan Life => options.LeaseTime;

    /// <summary>
    /// After Redis has lost who has clients, all have told it again within this time: they do so at every heartbeat, once their connections are back,
    /// which may be later than ours.
    /// </summary>
    public TimeSpan Recall => clients.HeartbeatInterval + Life;

    public TimeProvider Time => time;

    /// <param name="floor">The highest epoch the asker knows of.</param>
    /// <returns>The lease, running, or who has it.</returns>
    public async Task<(Answer<LeaseReply> Reply, Lease? Lease)> TryAcquireAsync(ContentKey stream, long floor)
    {
        long asked = time.GetTimestamp();
        Answer<LeaseReply> answer = await redis.RunAsync(
            LeaseScripts.Acquire, ReadLease, Keys(stream), identity.Id, Milliseconds(Life), floor, Milliseconds(EpochLife), ChannelOf(stream));
        return (answer, answer is { IsThere: true, Value.IsMine: true } ? new Lease(this, stream, answer.Value.Holder, asked) : null);
    }

    /// <returns>False: somebody else has it.</returns>
    public Task<Answer<RenewedLease>> RenewAsync(ContentKey stream, LeaseHolder holder) => redis.RunAsync(
        LeaseScripts.Renew, ReadRenewal, Keys(stream), holder.ToString(), Milliseconds(Life), holder.Epoch, Milliseconds(EpochLife), holder.Worker,
        Milliseconds(clients.ClientTtl));

    /// <param name="why">Told to the followers.</param>
    public Task ReleaseAsync(ContentKey stream, LeaseHolder holder, StreamMessage why) =>
        redis.RunAsync(LeaseScripts.Release, Keys(stream), holder.ToString(), ChannelOf(stream), why.ToString());

    /// <returns>The other workers that have clients of the stream, the one with the most first; none when Redis is away.</returns>
    public async Task<IReadOnlyList<string>> FindFollowersAsync(ContentKey stream) => (await redis.RunAsync(
        LeaseScripts.FindFollowers, reply => (string[])reply!, Keys(stream), identity.Id, Milliseconds(clients.ClientTtl))).Value ?? [];

    /// <summary>Keeps the lease free for that worker for a while.</summary>
    /// <returns>False when it is not the holder's any more, or Redis is away.</returns>
    public async Task<bool> HandOverAsync(ContentKey stream, LeaseHolder holder, string worker) => (await redis.RunAsync(
        LeaseScripts.HandOver, reply => (int)reply == 1, Keys(stream), holder.ToString(), ChannelOf(stream), worker,
        Milliseconds(HandOverTime))).Value;

    private LeaseReply ReadLease(RedisResult reply)
    {
        var parts = (RedisResult[])reply!;
        bool isMine = (int)parts[0] == 1;
        if (isMine)
        {
            Replaced(parts[2]);
        }

        return new LeaseReply(isMine, LeaseHolder.Parse((string)parts[1]!));
    }

    private RenewedLease ReadRenewal(RedisResult reply)
    {
        var parts = (RedisResult[])reply!;
        Replaced(parts[1]);
        return (RenewedLease)(int)parts[0];
    }

    private void Replaced(RedisResult nonsense)
    {
        if ((string?)nonsense is { Length: > 0 } keys)
        {
            ClusterLog.Replaced(logger, keys);
        }
    }

    private static RedisKey[] Keys(ContentKey stream) => [ClusterKeys.Lease(stream), ClusterKeys.Epoch(stream), ClusterKeys.Clients(stream)];

    private static RedisValue ChannelOf(ContentKey stream) => (string)ClusterKeys.Changes(stream)!;

    private static long Milliseconds(TimeSpan time) => (long)time.TotalMilliseconds;
}
