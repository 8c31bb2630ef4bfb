using AceProxy.Buffering;
using AceProxy.Content;
using AceProxy.EngineApi;
using AceProxy.Engines;
using AceProxy.Upstream.Recovery;

namespace AceProxy.Upstream.Sessions;

/// <summary>
/// Opens a session: on the engine given, and when that fails or keeps silent, on the others that are free. An engine that has not answered
/// within the patience is left to think while one other is asked, of which a stream that has played waits for a slot as long as that thinks;
/// the first session wins, and what is opened too late is stopped.
/// </summary>
internal sealed class SessionOpener(
    EnginePool engines, EngineSessions sessions, SessionWatcher watcher, UpstreamOptions options, TimeProvider time)
{
    /// <param name="slot">Taken over; what comes back holds it or the one that has replaced it.</param>
    /// <param name="avoided">Not gone to; those that fail are added.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> fired; nothing is held.</exception>
    public async Task<SessionOpening> OpenAsync(
        EngineReservation slot, ContentRequest request, ChunkRing ring, AvoidedEngines avoided, OpeningPurpose purpose, CancellationToken cancellation)
    {
        using var abandon = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        List<Attempt> attempts = [Begin(slot, request, abandon.Token)];
        List<Engine> asked = [slot.Engine];
        bool mayAskBeside = true;
        try
        {
            while (true)
            {
                if (await FirstToEndAsync(attempts, mayAskBeside && attempts.Count == 1) is not { } ended)
                {
                    mayAskBeside = purpose == OpeningPurpose.Recovery;
                    await TryBeginOtherAsync(mayAskBeside ? attempts[0].Opening : null);
                    continue;
                }

                (ContentSelector selector, EngineReply<EngineSession> reply) = await ended.Opening;
                if (reply.IsSuccess)
                {
                    Blame(attempts.TakeWhile(attempt => attempt != ended), ended, request, avoided);
                    attempts.Remove(ended);
                    var session = new UpstreamSession(reply.Value, ended.Slot, request.Key, sessions, time);
                    _ = watcher.WatchAsync(session, ring); // ends with the session
                    return new SessionOpening(ended.Slot, session, selector, null);
                }

                ended.Slot.Engine.SessionFailed(request.Key, reply.Failure);
                if (!(purpose == OpeningPurpose.Start && IsOfTheContent(reply.Failure)))
                {
                    avoided.Add(ended.Slot.Engine);
                    if (attempts.Count > 1 || await TryBeginOtherAsync(meanwhile: null))
                    {
                        attempts.Remove(ended);
                        sessions.Release(ended.Slot, request.Key);
                        continue;
                    }
                }

                attempts.Remove(ended);
                return new SessionOpening(ended.Slot, null, null, reply.Failure);
            }
        }
        finally
        {
            await abandon.CancelAsync();
            await Task.WhenAll(attempts.Select(attempt => LetGoAsync(attempt, request.Key)));
        }

        // Waits for a slot as long as that takes; null: not at all.
        async Task<bool> TryBeginOtherAsync(Task? meanwhile)
        {
            Engine[] never = [.. asked, .. avoided.All];
            EngineReservation? other = abandon.IsCancellationRequested ? null
                : meanwhile is null ? await engines.TryReserveAsync([], never)
                : await engines.ReserveMeanwhileAsync(meanwhile, [], never, abandon.Token);
            if (other is null)
            {
                return false;
            }

            asked.Add(other.Engine);
            attempts.Add(Begin(other, request, abandon.Token));
            return true;
        }
    }

    /// <summary>Those that were asked before and have still not answered: an engine that hangs would be the next stream's first choice again.</summary>
    private static void Blame(IEnumerable<Attempt> slower, Attempt first, ContentRequest request, AvoidedEngines avoided)
    {
        var failure = new EngineFailure(EngineFailureKind.TimedOut, $"no answer to an opening that {first.Slot.Engine} was asked for later and had done");
        foreach (Attempt attempt in slower)
        {
            attempt.Slot.Engine.SessionFailed(request.Key, failure);
            avoided.Add(attempt.Slot.Engine);
        }
    }

    /// <summary>Every engine would say the same.</summary>
    private static bool IsOfTheContent(EngineFailure failure) => failure.Kind is EngineFailureKind.ContentUnavailable or EngineFailureKind.Refused;

    /// <summary>Null when the patience has run out before any has ended.</summary>
    private async Task<Attempt?> FirstToEndAsync(List<Attempt> attempts, bool hasPatience)
    {
        using var enough = new CancellationTokenSource();
        Task patience = Task.Delay(hasPatience ? options.OpeningPatience : Timeout.InfiniteTimeSpan, time, enough.Token);
        Task first = await Task.WhenAny([.. attempts.Select(attempt => attempt.Opening), patience]);
        await enough.CancelAsync();
        return attempts.Find(attempt => attempt.Opening == first);
    }

    private Attempt Begin(EngineReservation slot, ContentRequest request, CancellationToken abandon) =>
        new(slot, OpenOnAsync(slot.Engine, request, abandon));

    /// <summary>Tries the selectors in turn, as long as it is the content that the engine does not know.</summary>
    private async Task<(ContentSelector Selector, EngineReply<EngineSession> Reply)> OpenOnAsync(
        Engine engine, ContentRequest request, CancellationToken abandon)
    {
        for (int at = 0; ; at++)
        {
            ContentSelector selector = request.Selectors[at];
            EngineReply<EngineSession> reply = await sessions.OpenAsync(engine, selector, request.Key, abandon);
            bool isLast = at == request.Selectors.Count - 1 || abandon.IsCancellationRequested;
            if (isLast || reply.Failure?.Kind != EngineFailureKind.ContentUnavailable)
            {
                return (selector, reply);
            }
        }
    }

    /// <summary>After it was abandoned: its slot is given back once it is certain that nothing is open in it.</summary>
    private async Task LetGoAsync(Attempt attempt, ContentKey key)
    {
        await ((Task)attempt.Opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // cancelled: the reply is awaited elsewhere
        if (attempt.Opening.IsCompletedSuccessfully && (await attempt.Opening).Reply.Value is { } session)
        {
            _ = sessions.StopAndReleaseAsync(session, attempt.Slot, key); // tracked there, and nothing here depends on it
        }
        else
        {
            sessions.Release(attempt.Slot, key);
        }
    }

    private sealed record Attempt(EngineReservation Slot, Task<(ContentSelector Selector, EngineReply<EngineSession> Reply)> Opening);
}
