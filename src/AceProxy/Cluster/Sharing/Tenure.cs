using AceProxy.Cluster.Connection;
using AceProxy.Cluster.Leases;
using AceProxy.Content;
using AceProxy.EngineApi;
using AceProxy.Engines;
using AceProxy.Events;
using AceProxy.LiveStreams;
using AceProxy.Telemetry;

namespace AceProxy.Cluster.Sharing;

/// <summary>A time of owning: reads the engine, and as long as there is a lease, publishes what it reads.</summary>
internal sealed class Tenure(
    SharingServices services, StreamRun run, StreamSignals signals, SharedRing shared, Func<long> highestEpoch, string? before)
{
    /// <summary>Between two attempts to get a lease, or to give one away.</summary>
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    /// <summary>At its end the session is closed before another worker may open one, but no longer than this: its viewers wait.</summary>
    private static readonly TimeSpan StopLimit = TimeSpan.FromMilliseconds(500);

    /// <summary>At its end it is read for so long while an heir is looked for, if Redis is slow.</summary>
    private static readonly TimeSpan HeirLimit = TimeSpan.FromSeconds(1);

    /// <summary>For the last segments, at the end.</summary>
    private static readonly TimeSpan PublishLimit = TimeSpan.FromSeconds(1);

    private readonly Succession _succession = new(services, signals, run.Stream.Key);
    private Lease? _lease;
    private SegmentPublisher? _publisher;
    private Task _publishing = Task.CompletedTask;
    private long _epoch;
    private bool _isSecond;
    private long? _freeSince;
    private long? _offeredAt;
    private long _aloneSince = services.Time.GetTimestamp();

    private ContentKey Key => run.Stream.Key;

    /// <param name="slot">Where to read it, taken over; null: wherever there is an engine.</param>
    /// <param name="avoided">An engine that another worker may still be reading the stream from; empty for none.</param>
    /// <returns>How the stream ended; null: another worker has the lease, or was given it, and is to be followed.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> fired.</exception>
    public async Task<TenureEnd?> RunAsync(Lease? lease, EngineReservation? slot, string avoided, CancellationToken cancellation)
    {
        run.Role(StreamRole.Owner);
        _isSecond = lease is null && shared.Last is not null;
        shared.BeginOwning();
        using var reading = new CancellationTokenSource(Timeout.InfiniteTimeSpan, services.Time);
        await using CancellationTokenRegistration ending = cancellation.Register(() =>
        {
            if (MayBeGiven)
            {
                reading.CancelAfter(HeirLimit); // who follows is found first
            }
            else
            {
                reading.Cancel();
            }
        });
        Task<EngineFailure?> engine = run.ReadEngine(new EngineChoice(slot, Avoided, lease is null ? "" : before ?? ""), reading.Token);
        try
        {
            if (lease is null)
            {
                ClusterLog.Alone(services.Logger, Key.Value);
            }
            else
            {
                Begin(lease);
            }

            while (!engine.IsCompleted && !cancellation.IsCancellationRequested)
            {
                if (await StepAsync(engine, cancellation))
                {
                    await reading.CancelAsync();
                    await EndedAsync(engine);
                    return null;
                }
            }

            string? heir = engine.IsCompleted ? null : await FindHeirAsync();
            await reading.CancelAsync();
            await Task.WhenAny(EndedAsync(engine), Task.Delay(StopLimit, services.Time, CancellationToken.None));
            await LeaveAsync(heir, engine.IsCompletedSuccessfully ? engine.Result : null);
            return new TenureEnd(await engine);
        }
        finally
        {
            run.Hold(false);
            await reading.CancelAsync();
            await EndLeaseAsync();
            await EndedAsync(engine);
        }

        string Avoided() => _epoch == 0 ? avoided : ""; // once it was ours, nobody else reads it
    }

    /// <returns>True: another worker owns it now.</returns>
    private async Task<bool> StepAsync(Task engine, CancellationToken cancellation)
    {
        using var waking = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task said = signals.SaidAsync();
        Task ticked = Task.Delay(Retry, services.Time, waking.Token);
        await Task.WhenAny(engine, _lease is null ? ticked : _publishing, said, services.Drain.IsDraining ? ticked : services.Drain.Begun, ticked);
        await waking.CancelAsync();
        if (engine.IsCompleted || cancellation.IsCancellationRequested)
        {
            return false;
        }

        if (_lease is { } held && (_publishing.IsCompleted || !held.IsLive))
        {
            services.Counters.LeaseLost();
            ClusterLog.LeaseLost(services.Logger, Key.Value, held.Epoch);
            await EndLeaseAsync();
        }

        if (_lease is null)
        {
            if (services.Time.GetElapsedTime(_aloneSince) >= services.SelfHelp)
            {
                run.Hold(false); // who had clients elsewhere has helped himself
            }

            return await AskAsync();
        }

        bool isChanged = false;
        foreach (StreamMessage message in signals.Take())
        {
            isChanged |= message.IsClients;
        }

        if (isChanged)
        {
            await _lease.RenewNowAsync();
        }

        if (!MustLeave || (_offeredAt is { } at && services.Time.GetElapsedTime(at) < Retry))
        {
            return false;
        }

        _offeredAt = services.Time.GetTimestamp();
        if (_lease.IsShared && await _succession.FindAsync(_lease, run.Engine(), isTheEnd: false) is { } worker && await HandOverAsync(worker))
        {
            run.Promise(worker);
            return true;
        }

        await _lease.RenewNowAsync(); // who came or went may have been said while answers were waited for
        return false;
    }

    /// <summary>This worker drains, or has no engine left where others may have one, and the stream plays.</summary>
    private bool MustLeave => run.Stream.Progress is { HasData: true, LastData: var last }
        && (services.Drain.IsDraining || (!run.HasRoom("") && services.Time.GetElapsedTime(last) >= services.Options.LeaseTime));

    /// <summary>Others watch it, and nobody has stopped it.</summary>
    private bool MayBeGiven => _lease is { IsLive: true, IsShared: true } && run.Stream.Failure?.Kind != EngineFailureKind.Stopped;

    /// <returns>True: somebody else has it.</returns>
    private async Task<bool> AskAsync()
    {
        signals.Take();
        if (_isSecond && await MustWaitAsync() is { } isOthers)
        {
            return isOthers;
        }

        (Answer<LeaseReply> answer, Lease? lease) = await services.Leases.TryAcquireAsync(Key, Math.Max(_epoch, highestEpoch()));
        if (lease is not null)
        {
            lease.Doubt(); // without one, Redis was away or has lost what it had
            Begin(lease);
        }

        return answer is { IsThere: true, Value: { IsMine: false, Holder.Epoch: > 0 } };
    }

    /// <summary>Somebody owned it before us and may be reading it all the time: when Redis is back, he is to have the lease first.</summary>
    /// <returns>Null: it is our turn. True: somebody else has it.</returns>
    private async Task<bool?> MustWaitAsync()
    {
        if ((await services.Store.LookAsync(Key)).Value is not { } view)
        {
            _freeSince = null;
            return false;
        }

        if (view.Holder is { Epoch: > 0 } holder && holder.Worker != services.Identity.Id)
        {
            return true;
        }

        _freeSince ??= services.Time.GetTimestamp();
        return services.Time.GetElapsedTime(_freeSince.Value) < services.Politeness ? false : null;
    }

    private void Begin(Lease lease)
    {
        (_lease, _isSecond, _freeSince) = (lease, false, null);
        services.Counters.Leased();
        _epoch = lease.Epoch;
        lease.WantedElsewhere = run.Hold;
        ClusterLog.Owns(services.Logger, Key.Value, lease.Epoch, shared.Last is { } last ? $"chunk {last.Number} of epoch {last.Epoch}" : "nothing");
        services.Events.Record(new ProxyEvent(EventKind.OwnerChanged)
        {
            Stream = Key.Value,
            Before = before,
        });
        _publisher = new SegmentPublisher(
            Key, shared, run.Stream.Progress, services.Store, services.Options, services.Counters, services.Time, services.Logger);
        _publishing = Task.Run(() => _publisher.RunAsync(lease));
        _ = lease.RenewNowAsync(); // tells whether others wait already
    }

    /// <summary>Asked while the engine's slot is still ours: it is kept for whoever follows. One that drains as well is better than none.</summary>
    private async Task<string?> FindHeirAsync()
    {
        string? heir = MayBeGiven ? await _succession.FindAsync(_lease!, run.Engine(), isTheEnd: true) : null;
        if (heir is not null)
        {
            run.Promise(heir);
        }

        return heir;
    }

    /// <summary>Others get what was read last, and the lease.</summary>
    private async Task LeaveAsync(string? heir, EngineFailure? failure)
    {
        if (_lease is not { IsLive: true } lease || (heir is not null && failure is null && await HandOverAsync(heir)))
        {
            return;
        }

        await FinishAsync();
        await lease.ReleaseAsync(StreamMessage.Released(run.Stream.Progress.HasData ? null : failure));
    }

    private async Task<bool> HandOverAsync(string worker)
    {
        await FinishAsync();
        if (!await _lease!.HandOverAsync(worker))
        {
            return false; // lost meanwhile; what is published next, if anything, is of another epoch
        }

        services.Counters.HandedOver();
        ClusterLog.HandedOver(services.Logger, Key.Value, Words.Tame(worker));
        return true;
    }

    private async Task FinishAsync()
    {
        _publisher!.Finish();
        await Task.WhenAny(_publishing, Task.Delay(PublishLimit, services.Time, CancellationToken.None));
    }

    private async Task EndLeaseAsync()
    {
        if (_lease is not { } lease)
        {
            return;
        }

        _lease = null;
        _aloneSince = services.Time.GetTimestamp();
        services.Counters.Unleased();
        lease.Lose();
        await _publishing;
        await lease.DisposeAsync();
    }

    private static async Task EndedAsync(Task engine)
    {
        try
        {
            await engine;
        }
        catch (OperationCanceledException)
        {
            // It was asked to.
        }
    }
}
