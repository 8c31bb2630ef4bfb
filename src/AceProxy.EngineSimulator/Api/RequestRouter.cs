using AceProxy.EngineSimulator.Http;
using AceProxy.EngineSimulator.Observation;

namespace AceProxy.EngineSimulator.Api;

/// <summary>Logs each request and hands it to what answers its path.</summary>
internal sealed class RequestRouter
{
    private readonly Simulation _simulation;
    private readonly (string Path, bool Exact, Func<HttpExchange, ValueTask> Answer)[] _routes;

    public RequestRouter(Simulation simulation)
    {
        _simulation = simulation;
        var start = new StartEndpoint(simulation);
        var session = new SessionEndpoints(simulation);
        var playback = new PlaybackEndpoints(simulation);
        var hls = new HlsEndpoints(simulation);
        var service = new ServiceEndpoints(simulation);
        _routes =
        [
            ("/ace/getstream", true, exchange => start.AnswerAsync(exchange, hls: false)),
            ("/ace/manifest.m3u8", true, exchange => start.AnswerAsync(exchange, hls: true)),
            ("/ace/r/", false, playback.RedirectAsync),
            ("/content/", false, playback.ContentAsync),
            ("/ace/m/", false, hls.PlaylistAsync),
            ("/ace/c/", false, hls.SegmentAsync),
            ("/ace/stat/", false, session.StatAsync),
            ("/ace/cmd/", false, session.CommandAsync),
            ("/ace/event/", false, session.EventAsync),
            ("/webui/api/service", true, service.WebUiAsync),
            ("/server/api", true, service.ServerAsync),
            ("/search", true, service.SearchAsync),
        ];
    }

    public ValueTask AnswerAsync(HttpExchange exchange)
    {
        var request = exchange.Request;
        _simulation.Requests.Add(new LoggedRequest(
            _simulation.Time.GetUtcNow(), request.Method, request.Target, request.Version, request.Headers, request.ConnectionId));
        _simulation.Events.Add(EngineEventKind.RequestReceived, $"{request.Method} {request.Target}");
        if (_simulation.Hanging)
            return exchange.NeverAnswerAsync();
        if (request.Method is not ("GET" or "POST"))
            return exchange.ReplyWithoutLengthAsync(501, string.Empty);
        foreach (var (path, exact, answer) in _routes)
        {
            if (exact ? request.Path == path : request.Path.StartsWith(path, StringComparison.Ordinal))
                return answer(exchange);
        }
        return exchange.ReplyNotFoundAsync();
    }
}
