using System.Diagnostics;
using System.Text.Json;
using AceProxy.Buffering;
using AceProxy.EngineApi;
using AceProxy.Engines;
using AceProxy.Telemetry;
using AceProxy.Upstream.Playback;

namespace AceProxy.Upstream.Sessions;

/// <summary>
/// Asks for a session's statistics for as long as it lives, one question at a time, and condemns the session when they and its silence
/// leave no hope. Asks with <c>skip_player_activity=1</c>: a question must not keep alive a session that nobody reads.
/// </summary>
internal sealed class SessionWatcher(
    EngineClient client, EnginePool engines, UpstreamOptions options, WatchOptions watch, TimeProvider time, ILogger<SessionWatcher> logger)
{
    /// <summary>Between two questions while a session that had yielded is silent.</summary>
    private static readonly TimeSpan SilentInterval = TimeSpan.FromSeconds(1);

    /// <summary>Ends with the session and never throws.</summary>
    public async Task WatchAsync(UpstreamSession session, ChunkRing ring)
    {
        if (session.Session.StatUrl is not { } url)
        {
            return;
        }

        Activity.Current = null; // what is asked for hours is no part of the trace of the client that started the stream
        var builder = new UriBuilder(url);
        builder.Query = builder.Query.Length > 1 ? $"{builder.Query[1..]}&skip_player_activity=1" : "skip_player_activity=1";
        var vitals = new SessionVitals(options, watch, time);
        bool hasComplained = false;
        try
        {
            while (true)
            {
                await PauseAsync(session, vitals);
                string? nonsense = await AskAsync(builder.Uri, session, vitals);
                if (nonsense is not null && !hasComplained)
                {
                    hasComplained = true;
                    UpstreamLog.Nonsense(logger, session.Engine.Address.Id, session.Key.Value, nonsense);
                }

                ReadOutcome? verdict = vitals.Judge(session.Silence, session.HasData, engines.HasOther(session.Engine.Address.Id))
                    ?? FindLoop(session, vitals, ring) ?? FindRelief(session, vitals);
                if (verdict is not null)
                {
                    session.Condemn(verdict);
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The session is over.
        }
    }

    /// <summary>Until the next question is due: sooner when the session falls silent.</summary>
    private async Task PauseAsync(UpstreamSession session, SessionVitals vitals)
    {
        long asked = time.GetTimestamp();
        TimeSpan interval = watch.Interval * (0.8 + (Random.Shared.NextDouble() * 0.4));
        while (true)
        {
            TimeSpan left = interval - time.GetElapsedTime(asked);
            if (session.HasData)
            {
                TimeSpan untilSilent = vitals.QuietFor - session.Silence;
                TimeSpan again = SilentInterval - time.GetElapsedTime(asked);
                TimeSpan sooner = untilSilent > again ? untilSilent : again;
                left = sooner < left ? sooner : left;
                if (left <= TimeSpan.Zero && interval > time.GetElapsedTime(asked) && session.Silence < vitals.QuietFor)
                {
                    continue; // packets came while this was reckoned
                }
            }

            if (left <= TimeSpan.Zero)
            {
                return;
            }

            await Task.Delay(left, time, session.Over);
        }
    }

    /// <returns>What the engine said that makes no sense, or null.</returns>
    private async Task<string?> AskAsync(Uri url, UpstreamSession session, SessionVitals vitals)
    {
        TimeSpan silence = session.Silence;
        EngineReply<JsonDocument> reply = await client.GetJsonAsync(url, watch.Timeout, session.Over);
        if (reply.Failure is { } failure)
        {
            if (failure.Kind is EngineFailureKind.TimedOut or EngineFailureKind.Unreachable)
            {
                vitals.Unanswered(silence);
                return null;
            }

            vitals.Answered();
            return failure.Message;
        }

        using JsonDocument document = reply.Value!;
        if (EngineJson.Object(document.RootElement, "response") is { } response)
        {
            session.Statistics = SessionStatistics.Read(response, out string? nonsense);
            vitals.Told(session.Statistics);
            return nonsense;
        }

        if (EngineJson.Error(document.RootElement) is { } error)
        {
            vitals.Refused(error);
            return null;
        }

        vitals.Answered();
        return $"no statistics in {Words.Tame(EngineJson.Raw(document.RootElement))}";
    }

    private static ReadOutcome? FindLoop(UpstreamSession session, SessionVitals vitals, ChunkRing ring) =>
        vitals.IsLoopLikely && session.HasData && RingRepetition.IsThere(ring)
            ? new ReadOutcome(ReadEnd.Looping, "live_last stands still and the same packets come again") : null;

    /// <summary>A successor waits for the place where this session's packets end: for one that is silent, that is where it is.</summary>
    private static ReadOutcome? FindRelief(UpstreamSession session, SessionVitals vitals) =>
        session.Successor is { HasBacklog: true } && session.Silence is var silence && silence >= vitals.QuietFor
            ? new ReadOutcome(ReadEnd.Relieved, $"silent for {silence.TotalSeconds:0.#} s, and another session is there") : null;
}
