using System.Text.Json.Nodes;
using AceProxy.EngineSimulator.Contents;
using AceProxy.EngineSimulator.Http;
using AceProxy.EngineSimulator.Sessions;

namespace AceProxy.EngineSimulator.Api;

/// <summary><c>/ace/getstream</c> and <c>/ace/manifest.m3u8</c>: open a session and say where it plays.</summary>
internal sealed class StartEndpoint(Simulation simulation)
{
    private const string LoadFailure = "failed to load content";

    public async ValueTask AnswerAsync(HttpExchange exchange, bool hls)
    {
        var query = exchange.Request.Query;
        var asJson = query["format"] == "json";
        var (kind, content) = simulation.Contents.Select(query);
        if (content is null)
        {
            await FailUnknownAsync(exchange, kind, asJson);
            return;
        }
        var script = content.Script;
        if (script.StartError is not null || script.StartErrorAsPlain500)
        {
            await exchange.DelayAsync(script.OpenDelay);
            await FailAsync(exchange, asJson && !script.StartErrorAsPlain500, script.StartError ?? LoadFailure, script.StartErrorExtraData);
            return;
        }

        // Before the answer, so that a caller who gives up leaves a session behind.
        var player = new Player(query["pid"] ?? query["sid"], exchange.Request.ClientAddress);
        var (session, token) = simulation.Sessions.Open(content, player, exchange.Request.Headers.GetValueOrDefault("User-Agent"));
        await exchange.DelayAsync(script.OpenDelay);
        if (asJson)
            await exchange.ResponseAsync(Describe(exchange, session, token, hls), content.Script.StartDefect);
        else if (content.Script.StartDefect != ReplyDefect.None)
            await exchange.ResponseAsync(null, content.Script.StartDefect);
        else
            await exchange.RedirectAsync(PlaybackUrl(exchange, session, token, hls));
    }

    private static JsonObject Describe(HttpExchange exchange, Session session, string token, bool hls)
    {
        var script = session.Content.Script;
        var address = $"{session.Content.Infohash}/{token}";
        var host = exchange.HostFor(script);
        var response = new JsonObject
        {
            ["playback_url"] = PlaybackUrl(exchange, session, token, hls),
            ["stat_url"] = $"http://{host}/ace/stat/{address}",
            ["command_url"] = $"http://{host}/ace/cmd/{address}",
            ["infohash"] = session.Content.Infohash,
            ["playback_session_id"] = session.Id,
            ["is_live"] = script.IsLive ?? (script.Vod is null ? 1 : 0),
            ["is_encrypted"] = script.IsEncrypted ? 1 : 0,
            ["client_session_id"] = -1,
        };
        if (exchange.Request.Query["use_api_events"] == "1")
            response["event_url"] = $"http://{host}/ace/event/{address}";
        return response;
    }

    private static string PlaybackUrl(HttpExchange exchange, Session session, string token, bool hls) =>
        $"http://{exchange.HostFor(session.Content.Script)}/ace/{(hls ? "m" : "r")}/{session.Content.Infohash}/{token}{(hls ? ".m3u8" : "")}";

    private static ValueTask FailAsync(HttpExchange exchange, bool asJson, string error, string? extraData) =>
        asJson ? exchange.ErrorAsync(error, extraData) : exchange.ReplyNotFoundAsync();

    private async ValueTask FailUnknownAsync(HttpExchange exchange, SelectorKind kind, bool asJson)
    {
        var options = simulation.Options;
        if (kind != SelectorKind.None)
            await exchange.DelayAsync(kind == SelectorKind.Infohash ? options.UnknownInfohashDelay : options.UnknownIdDelay);
        await FailAsync(exchange, asJson && kind != SelectorKind.None && !options.UnknownContentAsPlain500, LoadFailure, extraData: null);
    }
}
