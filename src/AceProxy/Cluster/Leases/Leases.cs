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
        Answer<RedisResult> answer = await redis.RunAsync(
            LeaseScripts.Acquire, Keys(stream), identity.Id, Milliseconds(Life), floor, Milliseconds(EpochLife), ChannelOf(stream));
        if (!answer.IsThere)
        {
            return (Answer<LeaseReply>.None, null);
        }

        var reply = (RedisResult[])answer.Value!;
        var holder = LeaseHolder.Parse((string)reply[1]!);
        bool isMine = (int)reply[0] == 1;
        if (isMine)
        {
            Replaced(reply[2]);
        }

        return (new Answer<LeaseReply>(true, new LeaseReply(isMine, holder)), isMine ? new Lease(this, stream, holder, asked) : null);
    }

    /// <returns>False: somebody else has it.</returns>
    public async Task<Answer<RenewedLease>> RenewAsync(ContentKey stream, LeaseHolder holder)
    {
        Answer<RedisResult> answer = await redis.RunAsync(
            LeaseScripts.Renew, Keys(stream), holder.ToString(), Milliseconds(Life), holder.Epoch, Milliseconds(EpochLife), holder.Worker,
            Milliseconds(clients.ClientTtl));
        if (!answer.IsThere)
        {
            return Answer<RenewedLease>.None;
        }

        var reply = (RedisResult[])answer.Value!;
        Replaced(reply[1]);
        return new Answer<RenewedLease>(true, (RenewedLease)(int)reply[0]);
    }

    /// <param name="why">Told to the followers.</param>
    public Task ReleaseAsync(ContentKey stream, LeaseHolder holder, StreamMessage why) =>
        redis.RunAsync(LeaseScripts.Release, Keys(stream), holder.ToString(), ChannelOf(stream), why.ToString());

    /// <returns>The worker it is kept free for; null when nobody else has clients of the stream, and the lease is as it was.</returns>
    public async Task<string?> HandOverAsync(ContentKey stream, LeaseHolder holder)
    {
        Answer<RedisResult> answer = await redis.RunAsync(
            LeaseScripts.HandOver, Keys(stream), holder.ToString(), ChannelOf(stream), holder.Worker, Milliseconds(HandOverTime));
        return answer.IsThere && (string?)answer.Value! is { } worker && worker != "0" ? worker : null;
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
