using AceProxy.Cluster.Connection;
using AceProxy.Cluster.Workers;
using AceProxy.Content;
using AceProxy.LiveStreams;
using StackExchange.Redis;

namespace AceProxy.Cluster.Leases;

/// <summary>Asks for the leases of streams.</summary>
internal sealed class Leases(
    RedisConnection redis, ClusterOptions options, LiveStreamOptions clients, WorkerIdentity identity, TimeProvider time)
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
        if ((int)reply[0] == 0)
        {
            return (new Answer<LeaseReply>(true, new LeaseReply(false, LeaseHolder.Parse((string)reply[1]!))), null);
        }

        var holder = new LeaseHolder(identity.Id, long.Parse((string)reply[1]!, System.Globalization.CultureInfo.InvariantCulture));
        return (new Answer<LeaseReply>(true, new LeaseReply(true, holder)), new Lease(this, stream, holder, asked));
    }

    /// <returns>False: somebody else has it.</returns>
    public async Task<Answer<RenewedLease>> RenewAsync(ContentKey stream, LeaseHolder holder)
    {
        Answer<RedisResult> answer = await redis.RunAsync(
            LeaseScripts.Renew, Keys(stream), holder.ToString(), Milliseconds(Life), holder.Epoch, Milliseconds(EpochLife), holder.Worker,
            Milliseconds(clients.ClientTtl));
        return answer.IsThere ? new Answer<RenewedLease>(true, (RenewedLease)(int)answer.Value!) : Answer<RenewedLease>.None;
    }

    /// <param name="why">Told to the followers.</param>
    public Task ReleaseAsync(ContentKey stream, LeaseHolder holder, StreamMessage why) =>
        redis.RunAsync(LeaseScripts.Release, Keys(stream), holder.ToString(), ChannelOf(stream), why.ToString());

    /// <returns>Which of these workers has the most clients of the stream; null when none has any, or Redis is away.</returns>
    public async Task<string?> FindSuccessorAsync(ContentKey stream, IReadOnlyCollection<string> among)
    {
        Answer<RedisResult> answer = await redis.RunAsync(
            LeaseScripts.FindSuccessor, Keys(stream), [Milliseconds(clients.ClientTtl), .. among.Select(worker => (RedisValue)worker)]);
        return answer.IsThere && (string?)answer.Value! is { Length: > 0 } worker ? worker : null;
    }

    /// <summary>Keeps the lease free for that worker for a while.</summary>
    /// <returns>False when it is not the holder's any more, or Redis is away.</returns>
    public async Task<bool> HandOverAsync(ContentKey stream, LeaseHolder holder, string worker)
    {
        Answer<RedisResult> answer = await redis.RunAsync(
            LeaseScripts.HandOver, Keys(stream), holder.ToString(), ChannelOf(stream), worker, Milliseconds(HandOverTime));
        return answer.IsThere && (int)answer.Value! == 1;
    }

    private static RedisKey[] Keys(ContentKey stream) => [ClusterKeys.Lease(stream), ClusterKeys.Epoch(stream), ClusterKeys.Clients(stream)];

    private static RedisValue ChannelOf(ContentKey stream) => (string)ClusterKeys.Changes(stream)!;

    private static long Milliseconds(TimeSpan time) => (long)time.TotalMilliseconds;
}
