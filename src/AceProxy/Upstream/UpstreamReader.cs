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
                    (ContentSelector selector, EngineReply<EngineSession> opened) = await OpenAsync(engine, request, cancellation);
                    session = opened.Value; // from here on it is stopped, whatever comes
                    cancellation.ThrowIfCancellationRequested();
                    EngineFailure? failure = session is null ? opened.Failure : admit(selector, session);
                    if (failure is not null && (session is not null || !progress.HasData))
                    {
                        return failure;
                    }

                    progress.Session = session ?? progress.Session;
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

                limits = progress.HasData ? ReadLimits.ForReconnection(options) : ReadLimits.ForNewSession(options);
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

    /// <summary>Tries the selectors in turn, as long as it is the content that the engine does not know.</summary>
    private async Task<(ContentSelector Selector, EngineReply<EngineSession> Reply)> OpenAsync(
        Engine engine, ContentRequest request, CancellationToken cancellation)
    {
        for (int at = 0; ; at++)
        {
            ContentSelector selector = request.Selectors[at];
            EngineReply<EngineSession> reply = await sessions.OpenAsync(engine, selector, request.Key);
            bool isLast = at == request.Selectors.Count - 1 || cancellation.IsCancellationRequested;
            if (isLast || reply.Failure?.Kind != EngineFailureKind.ContentUnavailable)
            {
                return (selector, reply);
            }
        }
    }
}
