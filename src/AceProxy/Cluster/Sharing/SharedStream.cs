using AceProxy.Cluster.Leases;
using AceProxy.Content;
using AceProxy.EngineApi;
using AceProxy.Engines;
using AceProxy.LiveStreams;

namespace AceProxy.Cluster.Sharing;

/// <summary>One stream's changes between owning and following, on this worker.</summary>
/// <remarks>
/// <code>
///           the lease is free                      it is somebody else's
/// start ──────────────────────► owns ◄─────────────────────────────────► follows
///   └─ Redis is away ─────────► owns without a lease, and asks for one  ◄─ Redis is away for a lease's life
/// </code>
/// An owner that loses its lease goes on reading the engine until it hears that another has it: its clients lose nothing, and what it
/// reads meanwhile nobody else is given.
/// </remarks>
internal sealed class SharedStream
{
    private readonly SharingServices _services;
    private readonly StreamRun _run;
    private readonly StreamSignals _signals;
    private readonly SharedRing _shared;
    private readonly SegmentFollower _follower;

    public SharedStream(SharingServices services, StreamRun run, StreamSignals signals)
    {
        (_services, _run, _signals) = (services, run, signals);
        _shared = new SharedRing(run.Stream.Ring, run.Writer, services.Time);
        _follower = new SegmentFollower(
            Key, _shared, services.Store, run.Stream.Progress, services.Counters, services.Time, services.Logger);
    }

    private ContentKey Key => _run.Stream.Key;

    /// <returns>Why it cannot go on.</returns>
    /// <exception cref="OperationCanceledException">It is not wanted any more.</exception>
    public async Task<EngineFailure?> RunAsync(CancellationToken cancellation)
    {
        (var answer, Lease? lease) = await _services.Leases.TryAcquireAsync(Key, _follower.HighestEpoch);
        bool isAlone = !answer.IsThere && !_services.Redis.IsThere; // when it refuses, somebody else may still be found to own the stream
        EngineReservation? slot = null;
        string? before = null;
        while (true)
        {
            if (lease is not null || isAlone)
            {
                var tenure = new Tenure(_services, _run, _signals, _shared, () => _follower.HighestEpoch, before);
                if (await tenure.RunAsync(lease, slot, lease is null ? _follower.OwnersEngine : "", cancellation) is { } end)
                {
                    return end.Failure;
                }
            }

            var following = new Following(_services, _run, _signals, _follower);
            FollowEnd outcome = await following.RunAsync(cancellation);
            if (outcome.Failure is { } failure)
            {
                return failure;
            }

            before = following.Owner;
            (lease, slot, isAlone) = (outcome.Lease, outcome.Slot, outcome.Lease is null);
        }
    }
}
