using AceProxy.Buffering;
using AceProxy.Content;
using AceProxy.EngineApi;
using AceProxy.Engines;

namespace AceProxy.Upstream;

/// <summary>
/// Keeps one content flowing into one ring: opens a session, reads its playback URL, and goes on after whatever ends it. The session in
/// hand is stopped before another is opened and before this returns, whichever way it returns.
/// </summary>
internal sealed class UpstreamReader(
    EngineSessions sessions, PlaybackReader playback, UpstreamOptions options, TimeProvider time, ILogger<UpstreamReader> logger)
{
    /// <param name="admit">Asked once per session that was opened: a failure means it is not wanted.</param>
    /// <returns>Why it ended.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> fired, the session is stopped.</exception>
    public async Task<EngineFailure> RunAsync(
        Engine engine, ContentRequest request, RingWriter writer, UpstreamProgress progress,
        Func<ContentSelector, EngineSession, EngineFailure?> admit, CancellationToken cancellation)
    {
        var policy = new RecoveryPolicy(options, time, Random.Shared);
        EngineSession? session = null;
        ReadLimits limits = ReadLimits.ForNewSession(options);
        try
        {
            while (true)
            {
                ReadOutcome outcome;
                if (session is null)
                {
                    EngineReply<EngineSession> opened = await OpenAsync(engine, request, admit, cancellation);
                    if (!opened.IsSuccess && !progress.HasData)
                    {
                        return opened.Failure;
                    }

                    progress.Session = session = opened.Value;
                    limits = progress.HasData
                        ? ReadLimits.ForReplacement(options, policy.PatienceLeft(progress.LastData))
                        : ReadLimits.ForNewSession(options);
                }

                if (session is null)
                {
                    outcome = new ReadOutcome(ReadEnd.Unreachable, "no new session", false);
                }
                else
                {
                    policy.Connecting();
                    outcome = await playback.ReadAsync(session, request.Key, writer, progress, limits, cancellation);
                }

                progress.Interrupted();
                RecoveryStep step = policy.Next(outcome, progress.LastData);
                UpstreamLog.Interrupted(
                    logger, request.Key.Value, engine.Address.Id, outcome.End, outcome.Detail, step.Action, (long)step.Delay.TotalMilliseconds);
                if (step.Action == RecoveryAction.GiveUp)
                {
                    return FailureOf(outcome);
                }

                if (step.Action == RecoveryAction.NewSession && session is not null)
                {
                    await sessions.StopAsync(session);
                    session = null;
                }

                limits = ReadLimits.ForReconnection(options);
                await Task.Delay(step.Delay, time, cancellation);
            }
        }
        finally
        {
            if (session is not null)
            {
                await sessions.StopAsync(session);
            }
        }
    }

    private static EngineFailure FailureOf(ReadOutcome outcome) => outcome.End switch
    {
        ReadEnd.HeaderTimeout or ReadEnd.Stalled => new EngineFailure(EngineFailureKind.TimedOut, outcome.Detail),
        ReadEnd.Unreachable => new EngineFailure(EngineFailureKind.Unreachable, outcome.Detail),
        ReadEnd.BadResponse or ReadEnd.NotTransportStream => new EngineFailure(EngineFailureKind.BadReply, outcome.Detail),
        _ => new EngineFailure(EngineFailureKind.Interrupted, outcome.Detail),
    };

    private async Task<EngineReply<EngineSession>> OpenAsync(
        Engine engine, ContentRequest request, Func<ContentSelector, EngineSession, EngineFailure?> admit, CancellationToken cancellation)
    {
        EngineReply<EngineSession> reply = new EngineFailure(EngineFailureKind.ContentUnavailable, "nothing to open");
        foreach (ContentSelector selector in request.Selectors)
        {
            cancellation.ThrowIfCancellationRequested();
            reply = await sessions.OpenAsync(engine, selector, request.Key);
            if (reply.IsSuccess)
            {
                EngineFailure? refusal = cancellation.IsCancellationRequested
                    ? new EngineFailure(EngineFailureKind.ShuttingDown, "no longer wanted")
                    : admit(selector, reply.Value);
                if (refusal is not null)
                {
                    await sessions.StopAsync(reply.Value);
                    return refusal;
                }

                return reply;
            }

            if (reply.Failure.Kind != EngineFailureKind.ContentUnavailable)
            {
                break;
            }
        }

        return reply;
    }
}
