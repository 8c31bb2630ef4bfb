using System.Diagnostics;
using AceProxy.EngineApi;
using AceProxy.Engines;
using AceProxy.Events;
using AceProxy.Upstream.Handover;
using AceProxy.Upstream.Playback;
using AceProxy.Upstream.Recovery;
using AceProxy.Upstream.Sessions;

namespace AceProxy.Upstream;

/// <summary>
/// One stream's way from session to session. It holds one slot, in it at most one session, and that has one reader; beside them only what
/// a <see cref="Relocation"/> brings up, and what is being stopped on other engines.
/// </summary>
internal sealed class UpstreamRun : IAsyncDisposable
{
    private readonly UpstreamServices _services;
    private readonly UpstreamIntake _intake;
    private readonly RecoveryPolicy _policy;
    private readonly AvoidedEngines _avoided;
    private readonly CancellationTokenSource _ending;
    private readonly CancellationToken _cancellation;
    private readonly List<Task> _stopping = [];
    private EngineReservation? _slot;
    private UpstreamSession? _session;
    private Relocation? _relocation;
    private Task<ReadOutcome>? _reading;
    private Engine? _lastEngine;

    public UpstreamRun(UpstreamServices services, EngineReservation slot, UpstreamIntake intake, CancellationToken cancellation)
    {
        (_services, _slot, _intake) = (services, slot, intake);
        _policy = new RecoveryPolicy(services.Options, services.Time, Random.Shared);
        _avoided = new AvoidedEngines(services.Options.AvoidPeriod, services.Time, Anothers);
        foreach (Engine engine in intake.Avoided())
        {
            _avoided.Add(engine);
        }

        _ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _cancellation = _ending.Token;
    }

    private UpstreamProgress Progress => _intake.Progress;

    /// <exception cref="OperationCanceledException">The stream is not wanted any more.</exception>
    public async Task<EngineFailure> RunAsync()
    {
        while (true)
        {
            ReadOutcome outcome;
            if (_session is null && await OpenAsync() is { } failure)
            {
                if (_session is not null || !Progress.HasData)
                {
                    return failure; // not wanted, or not to be had
                }

                outcome = new ReadOutcome(ReadEnd.NoSession, $"no new session: {failure.Message}");
            }
            else
            {
                outcome = await ReadAsync();
                Activity.Current = Progress.HasData ? null : Activity.Current; // the start is over: what follows is in nobody's trace
                if (await TryTakeSuccessorAsync())
                {
                    continue;
                }
            }

            RecoveryStep step = _policy.Next(outcome, Progress.LastData, _services.Engines.HasOther(_slot!.Engine.Address.Id));
            UpstreamLog.Interrupted(
                _services.Logger, _intake.Request.Key.Value, _slot.Engine.Address.Id, outcome.End, outcome.Detail, step.Action,
                (long)step.Delay.TotalMilliseconds);
            Progress.Interrupted();
            _services.Metrics.Interrupted(outcome.End);
            if (step.Action != RecoveryAction.Reconnect && outcome.End != ReadEnd.NoSession)
            {
                _slot.Engine.SessionFailed(_intake.Request.Key, outcome.ToFailure());
            }

            if (step.Action == RecoveryAction.GiveUp)
            {
                return outcome.ToFailure();
            }

            await TakeStepAsync(step, outcome);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Activity.Current = null;
        await _ending.CancelAsync();
        await DropSuccessorAsync();
        Leave();
        await Task.WhenAll(_stopping);
        _ending.Dispose();
    }

    /// <summary>Opens a session in the slot, or in another that replaces it.</summary>
    /// <returns>Null when there is one that is wanted; otherwise why not.</returns>
    private async Task<EngineFailure?> OpenAsync()
    {
        EngineReservation slot = _slot!;
        _slot = null; // who opens has it now
        SessionOpening opening = await _services.Opener.OpenAsync(
            slot, _intake.Request, _intake.Ring, _avoided, Progress.HasData ? OpeningPurpose.Recovery : OpeningPurpose.Start, _cancellation);
        _slot = opening.Slot;
        if (opening.Session is not { } session)
        {
            return opening.Failure;
        }

        _session = session;
        _cancellation.ThrowIfCancellationRequested();
        if (_intake.Admit(opening.Selector!, session.Session) is { } refusal)
        {
            return refusal;
        }

        GoOnWith(session);
        return null;
    }

    private async Task<ReadOutcome> ReadAsync()
    {
        UpstreamSession session = _session!;
        _relocation ??= new Relocation(_services, session, _intake, _avoided, _cancellation);
        if (_reading is null)
        {
            var feed = new PacketFeed(_intake, waits: false, _services.Options.HandoverLimit, _services.Time);
            _reading = _services.Playback.ReadAsync(session, feed, Limits(session), _cancellation);
        }

        ReadOutcome outcome = await _reading;
        _reading = null;
        return outcome;
    }

    private ReadLimits Limits(UpstreamSession session) =>
        !Progress.HasData ? ReadLimits.ForNewSession(_services.Options)
        : session.HasData ? ReadLimits.ForReconnection(_services.Options)
        : ReadLimits.ForReplacement(_services.Options, _policy.PatienceLeft(Progress.LastData), _services.Engines.HasOther(session.Engine.Address.Id));

    /// <summary>Goes on with the session that was brought up beside the one that has ended, if there is one.</summary>
    private async Task<bool> TryTakeSuccessorAsync()
    {
        if (_relocation is not { HasBegun: true })
        {
            return false;
        }

        Standby? next = await _relocation.EndAsync();
        _relocation = null;
        if (next is null)
        {
            return false;
        }

        if (!next.Feed.TryGoOn())
        {
            StopBeside(next.DropAsync());
            return false;
        }

        UpstreamLog.Moved(_services.Logger, _intake.Request.Key.Value, _session!.Engine.Address.Id, next.Session.Engine.Address.Id);
        Leave();
        _session = next.Session;
        _slot = next.Session.Slot;
        _reading = next.Reading;
        GoOnWith(next.Session);
        return true;
    }

    private void GoOnWith(UpstreamSession session)
    {
        bool isOther = _lastEngine != session.Engine;
        if (isOther && _lastEngine is not null && Progress.HasData) // not when another worker's stream is taken over
        {
            Progress.FailedOver();
            _services.Metrics.FailedOver();
            _services.Events.Record(new ProxyEvent(EventKind.Failover)
            {
                Stream = _intake.Request.Key.Value,
                Engine = session.Engine.Address.Id,
                Before = _lastEngine.Address.Id,
            });
        }

        _lastEngine = session.Engine;
        Progress.Session = session;
        _policy.SessionOpened(isOther);
    }

    private async Task TakeStepAsync(RecoveryStep step, ReadOutcome outcome)
    {
        bool mayLeave = step.Action == RecoveryAction.OtherEngine || _slot!.Engine.Health.IsLeaving;
        if (mayLeave && await TryMoveAsync(outcome, step.Delay, pause: null))
        {
            return;
        }

        UpstreamSession? old = step.Action == RecoveryAction.Reconnect ? null : _session;
        if (old is not null)
        {
            await DropSuccessorAsync();
        }

        using var pausing = CancellationTokenSource.CreateLinkedTokenSource(_cancellation);
        Task pause = PauseAsync(old, step.Delay, pausing.Token);
        if (mayLeave && Progress.HasData && await TryMoveAsync(outcome, step.Delay, pause))
        {
            await pausing.CancelAsync();
            return;
        }

        await pause;
        _session = old is null ? _session : null;
    }

    /// <summary>Between two attempts on one engine.</summary>
    /// <param name="old">To be stopped before the next; null: it is kept, or there is none.</param>
    private async Task PauseAsync(UpstreamSession? old, TimeSpan delay, CancellationToken cancellation)
    {
        if (old is not null)
        {
            await old.StopKeepingSlotAsync();
        }

        await Task.Delay(delay, _services.Time, cancellation);
    }

    /// <summary>
    /// Takes a slot on another engine, and leaves this one. At once for an engine that has not failed lately; for one that has only when
    /// there is nothing to be had here, and not before the delay: that two bad engines do not toss the stream between them. For one of
    /// <see cref="Anothers"/> never.
    /// </summary>
    /// <param name="pause">For as long as that it waits for a slot; null: it does not.</param>
    private async Task<bool> TryMoveAsync(ReadOutcome outcome, TimeSpan delay, Task? pause)
    {
        Engine here = _slot!.Engine;
        _avoided.Add(here);
        IReadOnlyCollection<Engine> avoided = _avoided.All;
        bool isDesperate = outcome.End == ReadEnd.NoSession || (!outcome.HadData && _policy.SessionsOnEngine > 1);
        Engine[] never = [here, .. isDesperate ? _avoided.Anothers : avoided];
        EngineReservation? slot = pause is null
            ? await _services.Engines.TryReserveAsync(avoided, never)
            : await _services.Engines.ReserveMeanwhileAsync(pause, avoided, never, _cancellation);
        if (slot is null)
        {
            return false;
        }

        await DropSuccessorAsync();
        Leave();
        _slot = slot;
        if (avoided.Contains(slot.Engine))
        {
            await Task.Delay(delay, _services.Time, _cancellation);
        }

        return true;
    }

    /// <summary>
    /// While nobody knows whether another worker is still reading it there, this one leaves it alone: until half of the viewers' patience is over,
    /// when there is little hope elsewhere.
    /// </summary>
    private IReadOnlyCollection<Engine> Anothers() =>
        _services.Time.GetElapsedTime(Progress.LastData) < _services.Options.GiveUp / 2
            ? [.. _intake.Avoided().Where(engine => !_services.Engines.HearsOthers(engine))] : [];

    /// <summary>Stops the session in the slot, and gives the slot back; the stream need not wait for either.</summary>
    private void Leave()
    {
        if (_session is not null)
        {
            StopBeside(_session.DisposeAsync().AsTask());
        }
        else if (_slot is not null)
        {
            _services.Sessions.Release(_slot, _intake.Request.Key);
        }

        (_session, _slot) = (null, null);
    }

    private async Task DropSuccessorAsync()
    {
        if (_relocation is null)
        {
            return;
        }

        Standby? unused = await _relocation.EndAsync();
        _relocation = null;
        if (unused is not null)
        {
            StopBeside(unused.DropAsync());
        }
    }

    private void StopBeside(Task stopping)
    {
        _stopping.RemoveAll(task => task.IsCompleted);
        _stopping.Add(stopping);
    }
}
