using System.Text;
using AceProxy.EngineSimulator.Contents;
using AceProxy.EngineSimulator.Http;
using AceProxy.EngineSimulator.Observation;
using AceProxy.EngineSimulator.Playback;
using AceProxy.EngineSimulator.Sessions;

namespace AceProxy.EngineSimulator.Api;

/// <summary><c>/ace/r</c>, which waits for the prebuffer and redirects, and <c>/content</c>, which plays.</summary>
internal sealed class PlaybackEndpoints(Simulation simulation)
{
    public async ValueTask RedirectAsync(HttpExchange exchange)
    {
        var session = exchange.Request.Path.Split('/') is [_, _, _, var infohash, var token]
            ? simulation.Sessions.ByAddress(infohash, token)
            : null;
        if (session is not { State: SessionState.Open })
        {
            await exchange.ReplyNotFoundAsync();
            return;
        }
        var script = session.Content.Script;
        await exchange.DelayAsync(session.OpenedAt + script.OpenDelay + script.PrebufferDelay - simulation.Time.GetUtcNow());
        script = session.Content.Script;
        if (script is { PlaybackStatus: { } status, PlaybackStatusAt: PlaybackStage.Redirect })
            await FailAsync(exchange, status);
        else if (session.State != SessionState.Open)
            await exchange.ReplyTextAsync(500, "failed to start");
        else
            await exchange.RedirectAsync($"http://{exchange.HostFor(script)}{session.PlaybackPath}");
    }

    public async ValueTask ContentAsync(HttpExchange exchange)
    {
        var session = simulation.Sessions.ByPath(exchange.Request.Path);
        if (session is null)
            await exchange.ReplyNotFoundAsync();
        else if (session.Content.Script is { PlaybackStatus: { } status, PlaybackStatusAt: PlaybackStage.Content })
            await FailAsync(exchange, status);
        else if (session.Content.Script.Vod is { } file)
            await ServeFileAsync(exchange, session, file);
        else
            await ServeLiveAsync(exchange, session);
    }

    private static ValueTask FailAsync(HttpExchange exchange, int status) =>
        exchange.ReplyAsync(status, "text/html", Encoding.UTF8.GetBytes($"<html><body>playback failed with {status}</body></html>"));

    private async ValueTask ServeLiveAsync(HttpExchange exchange, Session session)
    {
        using var reader = new LiveReader(exchange, session, simulation.Time, simulation.Changes, simulation.NewRandom());
        if (!await TryAttachAsync(exchange, session, reader))
            return;
        try
        {
            await reader.RunAsync();
        }
        finally
        {
            simulation.Sessions.Detach(session, reader);
        }
    }

    private async ValueTask ServeFileAsync(HttpExchange exchange, Session session, VodFile file)
    {
        using var reader = new VodReader(exchange, session);
        if (!await TryAttachAsync(exchange, session, reader))
            return;
        try
        {
            await reader.RunAsync(file);
        }
        finally
        {
            simulation.Sessions.Detach(session, reader);
        }
    }

    /// <summary>Makes the reader the session's only one, or answers why it is not.</summary>
    private async ValueTask<bool> TryAttachAsync(HttpExchange exchange, Session session, ISessionReader reader)
    {
        while (true)
        {
            var result = simulation.Sessions.Attach(session, reader);
            if (result == AttachResult.Attached)
                return true;
            if (result == AttachResult.Ended)
            {
                await exchange.ReplyNotFoundAsync();
                return false;
            }
            simulation.Events.Add(EngineEventKind.ReaderRefused, session.Id);
            if (session.Content.Script.SecondReader == SecondReaderRule.DoubledStatusLine)
            {
                await DoubleStatusLineAsync(exchange);
                return false;
            }
            await simulation.Changes.WaitUntilAsync(() => session.Readers.Count == 0, Timeout.InfiniteTimeSpan, exchange.Aborted);
        }
    }

    /// <summary>A success that turns into a failure before its headers are through.</summary>
    private static ValueTask DoubleStatusLineAsync(HttpExchange exchange)
    {
        const string Body = "failed to seek";
        exchange.CloseAfter = exchange.Request.AsksToClose;
        return exchange.SendAsync(Encoding.Latin1.GetBytes(
            $"HTTP/1.1 200 OK\r\n{exchange.Identity()}HTTP/1.1 500 Internal Server Error\r\n{exchange.Identity()}" +
            $"Content-Type: text/plain\r\nContent-Length: {Body.Length}\r\n\r\n{Body}"));
    }
}
