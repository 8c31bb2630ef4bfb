using System.Collections.Concurrent;
using System.Text.Json;
using AceProxy.Content;
using AceProxy.Engines;

namespace AceProxy.EngineApi;

/// <summary>Opens sessions on engines and stops each exactly once, also those whose opening nobody waits for any more.</summary>
internal sealed class EngineSessions(
    EngineClient client, EngineApiOptions options, OpeningMetrics metrics, TimeProvider time, ILogger<EngineSessions> logger)
{
    private readonly ConcurrentDictionary<Task, byte> _unfinished = [];
    private readonly LateOpenings _late = new();

    /// <summary>
    /// Asks the engine for a session. The engine creates it before it replies, so a call is never aborted: when the limit runs out, or
    /// nobody waits any more, the reply is awaited in the background, and whoever asks for the same again meanwhile gets it. Otherwise the
    /// session it names is stopped.
    /// </summary>
    /// <param name="abandon">Fires when nobody waits any more.</param>
    /// <exception cref="OperationCanceledException"><paramref name="abandon"/> fired before the reply.</exception>
    public async Task<EngineReply<EngineSession>> OpenAsync(
        Engine engine, ContentSelector selector, ContentKey key, CancellationToken abandon)
    {
        abandon.ThrowIfCancellationRequested(); // before anything is sent, which could not be taken back
        long started = time.GetTimestamp();
        using OpeningWatch phase = metrics.Begin(OpeningPhase.Session).On(engine.Address.Id);
        EngineReply<EngineSession>? reply = null;
        if (_late.TakeOver(engine, selector, key) is { } late)
        {
            // Half the limit, because a reply may have been lost for good; then it is left late again, and another session opened.
            reply = await WaitAsync(engine, selector, key, late.Call, options.CallTimeout / 2, abandon);
        }

        if (reply is not { IsSuccess: true })
        {
            reply = await WaitAsync(engine, selector, key, CallAsync(engine, selector, Guid.NewGuid()), options.CallTimeout, abandon);
        }

        phase.Done(reply.Value.Failure);
        metrics.Opened(reply.Value.Failure);
        if (reply.Value.IsSuccess)
        {
            long milliseconds = (long)time.GetElapsedTime(started).TotalMilliseconds;
            EngineLog.SessionOpened(logger, reply.Value.Value.PlaybackSessionId, key.Value, engine.Address.Id, milliseconds);
        }
        else
        {
            EngineLog.SessionFailed(logger, engine.Address.Id, key.Value, reply.Value.Failure.Kind, reply.Value.Failure.Message);
        }

        return reply.Value;
    }

    /// <summary>Gives a slot back; not before what was opened late in it has been dealt with.</summary>
    public void Release(EngineReservation slot, ContentKey key)
    {
        Task settled = _late.SettledAsync(slot.Engine, key);
        if (settled.IsCompleted)
        {
            slot.Dispose();
        }
        else
        {
            Track(ReleaseAfterAsync(settled, slot));
        }
    }

    /// <summary>Stops a session and gives its slot back then; never throws and never waits beyond the limit of a stop.</summary>
    public Task StopAndReleaseAsync(EngineSession session, EngineReservation slot, ContentKey key)
    {
        Task end = EndAsync();
        Track(end);
        return end;

        async Task EndAsync()
        {
            await StopAsync(session);
            Release(slot, key);
        }
    }

    /// <summary>Sends <c>method=stop</c>, once for a session, and waits for the answer; never throws and never waits beyond its limit.</summary>
    public Task StopAsync(EngineSession session)
    {
        if (session.CommandUrl is not { } command)
        {
            return Task.CompletedTask;
        }

        return session.StopOnce(() =>
        {
            Task stop = SendStopAsync(session, command);
            Track(stop);
            return stop;
        });
    }

    /// <summary>Waits for stops and late replies that are still under way; for the end of the process.</summary>
    public Task DrainAsync() => Task.WhenAll(_unfinished.Keys);

    private void Track(Task task)
    {
        _unfinished.TryAdd(task, 0);
        _ = task.ContinueWith(
            done => _unfinished.TryRemove(done, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private async Task<EngineReply<EngineSession>> CallAsync(Engine engine, ContentSelector selector, Guid pid)
    {
        string index = selector.FileIndex > 0 ? $"&_idx={selector.FileIndex}" : "";
        string query = $"/ace/getstream?{selector.EngineParameter}={Uri.EscapeDataString(selector.Value)}{index}&format=json&pid={pid:D}";
        TimeSpan limit = options.CallTimeout + options.LateReplyTimeout;
        EngineReply<JsonDocument> reply = await client.GetJsonAsync(PinnedUrl.To(engine.Address, query), limit, CancellationToken.None);
        if (!reply.IsSuccess)
        {
            return reply.Failure;
        }

        using JsonDocument document = reply.Value;
        EngineReply<EngineSession> session = SessionReply.Read(engine, pid, document.RootElement, out EngineSession? unplayable);
        if (unplayable is not null)
        {
            await StopAsync(unplayable); // before its slot is given back
        }

        return session;
    }

    private async Task<EngineReply<EngineSession>> WaitAsync(
        Engine engine, ContentSelector selector, ContentKey key, Task<EngineReply<EngineSession>> call, TimeSpan limit, CancellationToken abandon)
    {
        try
        {
            return await call.WaitAsync(limit, time, abandon);
        }
        catch (Exception gone) when (gone is TimeoutException or OperationCanceledException)
        {
            var late = new LateOpening(engine, selector, key, call);
            _late.Add(late);
            Track(StopLateAsync(late));
            abandon.ThrowIfCancellationRequested();
            return new EngineFailure(EngineFailureKind.TimedOut, $"no reply within {limit.TotalSeconds:0.###} s");
        }
    }

    private async Task StopLateAsync(LateOpening late)
    {
        EngineReply<EngineSession> reply = await late.Call;
        if (!late.TryClaim())
        {
            return; // somebody has taken it over
        }

        if (reply.IsSuccess)
        {
            EngineLog.LateReply(logger, reply.Value.Engine.Address.Id, reply.Value.PlaybackSessionId);
            await StopAsync(reply.Value);
        }

        _late.Settle(late);
    }

    private static async Task ReleaseAfterAsync(Task settled, EngineReservation slot)
    {
        await settled;
        slot.Dispose();
    }

    private async Task SendStopAsync(EngineSession session, Uri command)
    {
        var builder = new UriBuilder(command);
        builder.Query = builder.Query.Length > 1 ? $"{builder.Query[1..]}&method=stop" : "method=stop";
        EngineReply<JsonDocument> reply = await client.GetJsonAsync(builder.Uri, options.StopTimeout, CancellationToken.None);
        string? problem = reply.Failure?.Message;
        if (reply.IsSuccess)
        {
            using JsonDocument document = reply.Value;
            problem = EngineJson.Error(document.RootElement);
        }

        if (problem is null)
        {
            EngineLog.SessionStopped(logger, session.PlaybackSessionId, session.Engine.Address.Id);
        }
        else
        {
            EngineLog.StopFailed(logger, session.Engine.Address.Id, session.PlaybackSessionId, problem);
        }
    }
}
