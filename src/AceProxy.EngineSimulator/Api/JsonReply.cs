using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AceProxy.EngineSimulator.Contents;
using AceProxy.EngineSimulator.Http;

namespace AceProxy.EngineSimulator.Api;

/// <summary>The engine's JSON replies, and the ways in which they can be spoilt.</summary>
internal static class JsonReply
{
    public const string UnknownSession = "unknown playback session id";

    private const int HugeLength = 64 * 1024 * 1024;

    // The engine does not escape what need not be; neither is there a browser to protect.
    private static readonly JsonSerializerOptions Plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static ValueTask ResponseAsync(this HttpExchange exchange, JsonNode? response, ReplyDefect defect = ReplyDefect.None) =>
        exchange.ReplyDocumentAsync(new JsonObject { ["response"] = response, ["error"] = null }, "response", defect);

    public static ValueTask ErrorAsync(this HttpExchange exchange, string error, string? extraData = null)
    {
        var document = new JsonObject { ["response"] = null, ["error"] = error };
        if (extraData is not null)
            document["extra_data"] = JsonNode.Parse(extraData);
        return exchange.ReplyJsonAsync(document.ToJsonString(Plain));
    }

    public static async ValueTask ReplyDocumentAsync(this HttpExchange exchange, JsonObject document, string payload, ReplyDefect defect)
    {
        switch (defect)
        {
            case ReplyDefect.NeverAnswers:
                await exchange.NeverAnswerAsync();
                return;
            case ReplyDefect.InternalError:
                await exchange.ReplyNotFoundAsync();
                return;
            case ReplyDefect.Html:
                await exchange.ReplyAsync(200, "text/html", "<!DOCTYPE html><html><body><h1>It works!</h1></body></html>"u8.ToArray());
                return;
            case ReplyDefect.Huge:
                await SendHugeAsync(exchange, document);
                return;
            case ReplyDefect.MissingFields when document[payload] is JsonObject:
                document[payload] = new JsonObject();
                break;
            case ReplyDefect.WrongTypes when document[payload] is JsonObject fields:
                document[payload] = new JsonObject(fields.Select(field => KeyValuePair.Create(field.Key, Wrong(field.Value))));
                break;
            case ReplyDefect.MissingFields:
                document.Remove(payload);
                break;
            case ReplyDefect.WrongTypes:
                document[payload] = 7;
                break;
        }
        var json = document.ToJsonString(Plain);
        await exchange.ReplyJsonAsync(defect == ReplyDefect.TruncatedJson ? json[..(json.Length / 2)] : json);
    }

    private static JsonNode? Wrong(JsonNode? value) =>
        value?.GetValueKind() == JsonValueKind.String ? 7 : new JsonArray("unexpected");

    /// <summary>Valid JSON with 64 MiB of padding, made while it is sent.</summary>
    private static async ValueTask SendHugeAsync(HttpExchange exchange, JsonObject document)
    {
        var json = document.ToJsonString(Plain);
        var block = Encoding.ASCII.GetBytes(new string(' ', 64 * 1024));
        await exchange.SendHeadAsync(200, $"Content-Type: application/json\r\nContent-Length: {HugeLength + json.Length}\r\n");
        for (var sent = 0; sent < HugeLength; sent += block.Length)
            await exchange.SendAsync(block);
        await exchange.SendAsync(Encoding.UTF8.GetBytes(json));
    }
}
