using System.Globalization;
using System.Text.Json.Nodes;
using AceProxy.EngineSimulator.Contents;
using AceProxy.EngineSimulator.Http;

namespace AceProxy.EngineSimulator.Api;

/// <summary>The service API: version, status, and looking contents up without opening a session.</summary>
internal sealed class ServiceEndpoints(Simulation simulation)
{
    private const int WebSocketPort = 43_879;

    public ValueTask WebUiAsync(HttpExchange exchange)
    {
        var version = DescribeVersion();
        version["websocket_port"] = WebSocketPort;
        return exchange.Request.Query["method"] == "get_version"
            ? ReplyAsync(exchange, new JsonObject { ["result"] = version, ["error"] = null })
            : ReplyAsync(exchange, new JsonObject { ["result"] = null, ["error"] = "unknown method" });
    }

    public async ValueTask ServerAsync(HttpExchange exchange)
    {
        var query = exchange.Request.Query;
        var apiVersion = int.TryParse(query["api_version"], CultureInfo.InvariantCulture, out var number) ? number : 1;
        var method = query["method"];
        var (result, error) = apiVersion < 2 && method != "get_status" ? (null, "access denied") : await CallAsync(exchange, method, query);
        var reply = apiVersion < 2
            ? new JsonObject { ["result"] = result, ["error"] = error }
            : error is null
                ? new JsonObject { ["result"] = result }
                : new JsonObject { ["error"] = new JsonObject { ["code"] = 0, ["message"] = error } };
        await ReplyAsync(exchange, reply);
    }

    public ValueTask SearchAsync(HttpExchange exchange)
    {
        var words = exchange.Request.Query["query"] ?? string.Empty;
        var found = simulation.Contents.All.Where(content => content.Script.Name.Contains(words, StringComparison.OrdinalIgnoreCase)).ToList();
        var result = new JsonObject
        {
            ["total"] = found.Count,
            ["results"] = new JsonArray([.. found.Select(DescribeFound)]),
            ["time"] = 0.01,
        };
        return ReplyAsync(exchange, new JsonObject { ["result"] = result });
    }

    private static JsonObject DescribeFound(SimulatedContent content) => new()
    {
        ["name"] = content.Script.Name,
        ["items"] = new JsonArray(new JsonObject
        {
            ["name"] = content.Script.Name,
            ["infohash"] = content.Infohash,
            ["status"] = 2,
            ["availability"] = 1,
            ["availability_updated_at"] = 1_639_614_482,
            ["categories"] = new JsonArray("tv"),
        }),
    };

    private async ValueTask<(JsonNode? Result, string? Error)> CallAsync(HttpExchange exchange, string? method, QueryParameters query)
    {
        var service = simulation.Service;
        switch (method)
        {
            case "get_status":
                return (new JsonObject { ["playlist_loaded"] = true, ["version"] = DescribeVersion() }, null);
            case "get_network_connection_status":
                return (new JsonObject { ["connected"] = service.Connected }, null);
            case "get_api_access_token":
                return (new JsonObject { ["token"] = service.AccessToken }, null);
            case "get_content_id" when query["infohash"] is { } infohash:
                return simulation.Contents.ByInfohash(infohash) is { } known
                    ? (new JsonObject { ["content_id"] = known.ContentId }, null)
                    : (null, "cannot get content id");
            case "get_content_id":
                return (null, "missing details");
            case "get_media_files":
                return await MediaFilesAsync(exchange, query);
            case "analyze_content":
                return await AnalyzeAsync(exchange, query);
            default:
                return (null, "access denied");
        }
    }

    private async ValueTask<(JsonNode? Result, string? Error)> MediaFilesAsync(HttpExchange exchange, QueryParameters query)
    {
        var (kind, content) = simulation.Contents.Select(query);
        if (kind == SelectorKind.None)
            return (null, "missing content descriptor");
        if (content is null)
        {
            await exchange.DelayAsync(simulation.Options.UnresolvedDelay);
            return (null, "cannot get transport file");
        }
        var script = content.Script;
        var file = new JsonObject { ["index"] = 0, ["filename"] = script.Name };
        var result = new JsonObject
        {
            ["files"] = new JsonArray(file),
            ["name"] = script.Name,
            ["infohash"] = script.Infohash,
            ["transport_type"] = "bt",
            ["type"] = script.Vod is null ? "live" : "vod",
            ["transport_file_cache_key"] = null,
        };
        return (result, null);
    }

    private async ValueTask<(JsonNode? Result, string? Error)> AnalyzeAsync(HttpExchange exchange, QueryParameters query)
    {
        const string Scheme = "acestream:?";
        if (query["query"] is not { } address || !address.StartsWith(Scheme, StringComparison.Ordinal))
            return (null, "unknown protocol");
        var content = simulation.Contents.Select(new QueryParameters(address[Scheme.Length..])).Content;
        if (content is null)
        {
            await exchange.DelayAsync(simulation.Options.UnanalyzedDelay);
            return (null, "cannot get transport file");
        }
        var result = new JsonObject
        {
            ["is_live"] = content.Script.Vod is null ? 1 : 0,
            ["item_url"] = null,
            ["transport_type"] = "bt",
            ["content_type"] = "transport_file",
            ["title"] = content.Script.Name,
            ["content_id"] = null,
            ["infohash"] = content.Infohash,
            ["categories"] = new JsonArray("entertaining"),
        };
        return (result, null);
    }

    private JsonObject DescribeVersion() => new()
    {
        ["code"] = simulation.Service.VersionCode,
        ["platform"] = simulation.Service.Platform,
        ["version"] = simulation.Service.Version,
    };

    private async ValueTask ReplyAsync(HttpExchange exchange, JsonObject document)
    {
        var service = simulation.Service;
        await exchange.DelayAsync(service.Delay);
        await exchange.ReplyDocumentAsync(document, "result", service.Defect);
    }
}
