using AceProxy.Cluster.Connection;
using AceProxy.Cluster.Leases;
using AceProxy.Cluster.Segments;
using AceProxy.Content;
using AceProxy.EngineApi;
using AceProxy.Engines;
using AceProxy.LiveStreams;
using AceProxy.Telemetry;

namespace AceProxy.Cluster.Sharing;

/// <summary>A time of following: reads what the owner writes, and takes the lease when it is free.</summary>
internal sealed class Following(SharingServices services, StreamRun run, StreamSignals signals, SegmentFollower follower)
{
    /// <summary>What was written under the old epoch is read for at most so long before the engine is asked.</summary>
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(3);

    /// <summary>After the end of a lease that is not renewed: Redis's clock and ours go differently.</summary>
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(10);

    private long _lastAnswer;
    private long? _freeSince;
    private long _ownerSince;
    private bool _hasForgotten;
    private TimeSpan _poll;

    /// <summary>Who was the owner when it was last heard of.</summary>
    public string? Owner { get; private set; }

    private ContentKey Key => run.Stream.Key;

    private TimeProvider Time => services.Time;

    /// <summary>How long a stream that has played has had no data of this owner; zero before its first.</summary>
    private TimeSpan Silence => run.Stream.Progress is { HasData: true, LastData: var last } ? Time.GetElapsedTime(Math.Max(last, _ownerSince)) : TimeSpan.Zero;

    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> fired.</exception>
    public async Task<FollowEnd> RunAsync(CancellationToken cancellation)
    {
        run.Role(StreamRole.Follower);
        (_lastAnswer, _ownerSince) = (Time.GetTimestamp(), Time.GetTimestamp());
        bool mustLook = true;
        long lastLook = 0;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            Task said = signals.SaidAsync();
            SegmentId? newest = null;
            string? offered = null;
            foreach (StreamMessage message in signals.Take())
            {
                if (message.Failure() is { } failure && !run.Stream.Progress.HasData)
                {
                    return new FollowEnd(null, failure, null);
                }

                offered = message.OfferedOn() ?? offered;
                newest = message.Chunk() is { } chunk ? new SegmentId(chunk.Epoch, chunk.Number) : newest;
                mustLook |= message.MovesLease;
            }

            if (offered is not null)
            {
                bool isWilling = !services.Drain.IsDraining && run.HasRoom(offered);
                await services.Store.TellAsync(Key, StreamMessage.Answer(services.Identity.Id, isWilling));
            }

            if (newest is { } id && !mustLook)
            {
                mustLook = !await follower.ReadToAsync(id, cancellation);
                _lastAnswer = mustLook ? _lastAnswer : Time.GetTimestamp();
            }

            if (mustLook || Time.GetElapsedTime(lastLook) >= _poll)
            {
                (lastLook, _poll) = (Time.GetTimestamp(), NextPoll());
                mustLook = false;
                if (await LookAsync(cancellation) is { } lease)
                {
                    services.Counters.TookOver();
                    return new FollowEnd(lease, null, null);
                }

                if (await TryGoAloneAsync() is { } alone)
                {
                    return alone;
                }

                if (Silence is var silence && silence > services.Upstream.GiveUp + services.Options.LeaseTime)
                {
                    string problem = FormattableString.Invariant($"nothing came from worker '{Owner}' for {silence.TotalSeconds:0} s");
                    return new FollowEnd(null, new EngineFailure(EngineFailureKind.Interrupted, problem), null);
                }
            }

            await WaitAsync(said, _poll - Time.GetElapsedTime(lastLook), cancellation);
        }
    }

    /// <summary>Wake-ups may be lost, and a lease may run out without a word, which is seen when it does; jittered, so that workers do not ask in one beat.</summary>
    private TimeSpan NextPoll() => services.Options.LeaseTime / 6 * (0.9 + (0.2 * Random.Shared.NextDouble()));

    /// <summary>
    /// Redis is away for a lease's life, and another engine than the owner's is free: a second session on one engine would take the first from
    /// it. With only that one it is worth trying when clients would soon be given up otherwise.
    /// </summary>
    private async ValueTask<FollowEnd?> TryGoAloneAsync()
    {
        TimeSpan away = Time.GetElapsedTime(_lastAnswer);
        if (away < services.Options.LeaseTime)
        {
            return null;
        }

        bool isKnown = follower.OwnersEngine.Length > 0;
        EngineReservation? other = isKnown ? await run.TryReserveOther(follower.OwnersEngine) : null;
        return other is not null || !isKnown || away >= services.SelfHelp ? new FollowEnd(null, null, other) : null;
    }

    private async Task<Lease?> LookAsync(CancellationToken cancellation)
    {
        Answer<StreamView> answer = await services.Store.LookAsync(Key);
        if (answer.Value is not { } view)
        {
            (_hasForgotten, _freeSince) = (true, null);
            return null;
        }

        _hasForgotten |= view.Newest is null && follower.HasData;
        await follower.ReadToAsync(view, cancellation);
        if (view.Holder is { Epoch: > 0 } holder)
        {
            (_freeSince, _hasForgotten, _lastAnswer) = (null, false, Time.GetTimestamp());
            if (Words.Tame(holder.Worker) is var owner && Owner != owner)
            {
                (Owner, _ownerSince) = (owner, Time.GetTimestamp());
                ClusterLog.Follows(services.Logger, Key.Value, Owner);
            }

            if (holder.Worker != services.Identity.Id)
            {
                _poll = view.Left < _poll && view.Left >= TimeSpan.Zero ? view.Left + Moment : _poll;
                return null;
            }

            // Ours, from an acquisition whose answer was lost, or of a process before this one with our name: it is given to us anew.
        }

        _freeSince ??= Time.GetTimestamp();
        bool isForUs = view.Holder is { Epoch: 0 } named && named.Worker == services.Identity.Id;
        TimeSpan politeness =
            isForUs ? TimeSpan.Zero
            : _hasForgotten ? services.Politeness
            : services.Drain.IsDraining ? services.DrainPoliteness
            : TimeSpan.Zero;
        if (Time.GetElapsedTime(_freeSince.Value) < politeness)
        {
            _lastAnswer = Time.GetTimestamp();
            return null;
        }

        // No answer here and answers there: Redis is full, or read-only, and as good as away.
        (Answer<LeaseReply> reply, Lease? lease) = await services.Leases.TryAcquireAsync(Key, follower.HighestEpoch);
        _lastAnswer = reply.IsThere ? Time.GetTimestamp() : _lastAnswer;
        if (lease is not null)
        {
            await DrainAsync(cancellation);
        }

        return lease;
    }

    /// <summary>Nobody can write under an old epoch any more, so what is there now is all there will be.</summary>
    private async Task DrainAsync(CancellationToken cancellation)
    {
        long began = Time.GetTimestamp();
        while (Time.GetElapsedTime(began) < DrainLimit && !cancellation.IsCancellationRequested)
        {
            Answer<StreamView> answer = await services.Store.LookAsync(Key);
            if (answer.Value is { } view && await follower.ReadToAsync(view, CancellationToken.None))
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), Time, CancellationToken.None);
        }
    }

    private async Task WaitAsync(Task said, TimeSpan most, CancellationToken cancellation)
    {
        if (most <= TimeSpan.Zero)
        {
            return;
        }

        using var waking = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await Task.WhenAny(said, Task.Delay(most, Time, waking.Token));
        await waking.CancelAsync();
    }
}
