using System.Text.Json.Nodes;
using AceProxy.EngineSimulator.Contents;
using AceProxy.EngineSimulator.Http;
using AceProxy.EngineSimulator.Observation;
using AceProxy.EngineSimulator.Sessions;

namespace AceProxy.EngineSimulator.Api;

/// <summary><c>/ace/stat</c>, <c>/ace/cmd</c> and <c>/ace/event</c> of a session.</summary>
internal sealed class SessionEndpoints(Simulation simulation)
{
    public async ValueTask StatAsync(HttpExchange exchange)
    {
        var session = Find(exchange);
        if (session is not { State: SessionState.Open })
        {
            await exchange.ErrorAsync(JsonReply.UnknownSession);
            return;
        }
        var now = simulation.Time.GetUtcNow();
        if (exchange.Request.Query["skip_player_activity"] != "1")
            session.Touch(now);
        await exchange.ResponseAsync(SessionStatistics.Describe(session, now), session.Content.Script.StatDefect);
    }

    public async ValueTask CommandAsync(HttpExchange exchange)
    {
        var session = Find(exchange);
        if (session is null)
        {
            await exchange.ErrorAsync(JsonReply.UnknownSession);
            return;
        }
        if (exchange.Request.Query["method"] != "stop")
        {
            await exchange.ErrorAsync("unknown method");
            return;
        }
        var script = session.Content.Script;
        await exchange.DelayAsync(script.StopDelay);
        if (script.StopError is not null || script.StopDefect is ReplyDefect.NeverAnswers or ReplyDefect.InternalError)
        {
            simulation.Sessions.CountStop(session);
            await (script.StopError is { } error ? exchange.ErrorAsync(error) : exchange.ResponseAsync("ok", script.StopDefect));
        }
        else if (simulation.Sessions.Stop(session))
        {
            await exchange.ResponseAsync("ok", script.StopDefect);
        }
        else
        {
            await exchange.ErrorAsync(JsonReply.UnknownSession);
        }
    }

    /// <summary>A long poll: answers when the session ends, and with nothing after a while.</summary>
    public async ValueTask EventAsync(HttpExchange exchange)
    {
        var session = Find(exchange);
        if (session is not { State: SessionState.Open })
        {
            await exchange.ErrorAsync(JsonReply.UnknownSession);
            return;
        }
        simulation.Events.Add(EngineEventKind.EventAwaited, session.Id);
        using var held = CancellationTokenSource.CreateLinkedTokenSource(exchange.Aborted);
        var ended = simulation.Changes.WaitUntilAsync(() => session.State != SessionState.Open, Timeout.InfiniteTimeSpan, held.Token);
        var first = await Task.WhenAny(ended, Task.Delay(simulation.Options.EventHold, simulation.Time, held.Token));
        await held.CancelAsync();
        exchange.Aborted.ThrowIfCancellationRequested();
        await exchange.ResponseAsync(first == ended ? Stopped() : null);
    }

    private static JsonObject Stopped() => new()
    {
        ["name"] = "download_stopped",
        ["params"] = new JsonObject { ["reason"] = "stopped" },
    };

    private Session? Find(HttpExchange exchange) =>
        exchange.Request.Path.Split('/') is [_, _, _, var infohash, var token]
            ? simulation.Sessions.ByAddress(infohash, token)
            : null;
}
