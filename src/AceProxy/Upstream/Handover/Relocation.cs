using AceProxy.Engines;
using AceProxy.Upstream.Playback;
using AceProxy.Upstream.Recovery;
using AceProxy.Upstream.Sessions;

namespace AceProxy.Upstream.Handover;

/// <summary>
/// Once a session's engine wants it gone, brings up a successor elsewhere while the session plays on, and offers it until it has taken over.
/// Fails without harm: then it tries again, with growing delays.
/// </summary>
internal sealed class Relocation
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(30);

    private readonly UpstreamServices _services;
    private readonly UpstreamSession _leaving;
    private readonly UpstreamIntake _intake;
    private readonly AvoidedEngines _avoided;
    private readonly CancellationToken _run;
    private readonly CancellationTokenSource _ending;
    private readonly Task _running;
    private volatile Standby? _standby;

    /// <param name="run">Ends the reading of a successor that has taken over.</param>
    public Relocation(UpstreamServices services, UpstreamSession leaving, UpstreamIntake intake, AvoidedEngines avoided, CancellationToken run)
    {
        (_services, _leaving, _intake, _avoided, _run) = (services, leaving, intake, avoided, run);
        _ending = CancellationTokenSource.CreateLinkedTokenSource(run);
        _running = RunAsync(_ending.Token);
    }

    /// <summary>The engine wants the session gone, or has wanted it: there may be a successor.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Tries no more. Returns the successor that there is, now the caller's; null when there is none. Called once.</summary>
    public async Task<Standby?> EndAsync()
    {
        await _ending.CancelAsync();
        await _running;
        _ending.Dispose();
        _leaving.Successor = null;
        _intake.Progress.Note = null;
        return _standby;
    }

    private async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                await FiredAsync(_leaving.Engine.MoveAway, cancellation);
                HasBegun = true;
                UpstreamLog.Leaving(_services.Logger, _leaving.Key.Value, _leaving.Engine.Address.Id, _leaving.Engine.Health.Reason);
                for (TimeSpan delay = FirstDelay; _leaving.Engine.Health.IsLeaving; delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay)
                {
                    if (await TryAsync(cancellation))
                    {
                        return;
                    }

                    await Task.Delay(delay, _services.Time, cancellation);
                }

                _intake.Progress.Note = null; // it takes sessions again, so this one may stay, until the next time
            }
        }
        catch (OperationCanceledException)
        {
            // Ended. If there is a successor, it is the business of who ended this.
        }
    }

    /// <returns>False if no successor has taken over.</returns>
    private async Task<bool> TryAsync(CancellationToken cancellation)
    {
        _avoided.Add(_leaving.Engine);
        await _services.Handovers.WaitAsync(cancellation);
        try
        {
            if (await _services.Engines.ReserveAsync(_avoided.All, cancellation) is not { } slot)
            {
                SayThatItStays();
                return false;
            }

            if (slot.Engine == _leaving.Engine)
            {
                slot.Dispose();
                _intake.Progress.Note = null;
                return false; // it takes sessions again
            }

            if (_avoided.Anothers.Contains(slot.Engine))
            {
                slot.Dispose();
                SayThatItStays();
                return false; // better late than in another worker's place
            }

            if (await OpenAsync(slot, cancellation) is not { } standby)
            {
                return false;
            }

            _intake.Progress.Note = null;
            _standby = standby;
            _leaving.Successor = standby.Feed;
            ReadOutcome outcome = await standby.Reading.WaitAsync(cancellation);
            return standby.Feed.WhenTaken.IsCompleted || await DropAsync(standby, outcome);
        }
        finally
        {
            _services.Handovers.Release();
        }
    }

    private async Task<Standby?> OpenAsync(EngineReservation slot, CancellationToken cancellation)
    {
        SessionOpening opening = await _services.Opener.OpenAsync(
            slot, _intake.Request, _intake.Ring, _avoided, OpeningPurpose.Handover, cancellation);
        if (opening.Session is not { } session)
        {
            _services.Sessions.Release(opening.Slot, _leaving.Key);
            SayThatItStays();
            return null;
        }

        if (_intake.Admit(opening.Selector!, session.Session) is not null)
        {
            await session.DisposeAsync();
            return null;
        }

        var feed = new PacketFeed(_intake, waits: true, _services.Options.HandoverLimit, _services.Time);
        var limits = ReadLimits.ForReplacement(_services.Options, _services.Options.GiveUp, hasOther: true);
        return new Standby(session, feed, _services.Playback.ReadAsync(session, feed, limits, _run));
    }

    /// <summary>The successor has ended before it could take over.</summary>
    private async Task<bool> DropAsync(Standby standby, ReadOutcome outcome)
    {
        _leaving.Successor = null;
        _standby = null;
        _avoided.Add(standby.Session.Engine);
        standby.Session.Engine.SessionFailed(_leaving.Key, outcome.ToFailure());
        UpstreamLog.SuccessorFailed(_services.Logger, _leaving.Key.Value, standby.Session.Engine.Address.Id, outcome.End, outcome.Detail);
        await standby.DropAsync();
        return false;
    }

    private void SayThatItStays()
    {
        string note = $"engine {_leaving.Engine.Address.Id} is to be left, but no other takes the stream";
        if (_intake.Progress.Note is null)
        {
            UpstreamLog.Stays(_services.Logger, _leaving.Key.Value, _leaving.Engine.Address.Id);
        }

        _intake.Progress.Note = note;
    }

    private static async Task FiredAsync(CancellationToken moveAway, CancellationToken cancellation)
    {
        var fired = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration registration = moveAway.Register(fired.SetResult);
        await fired.Task.WaitAsync(cancellation);
    }
}
