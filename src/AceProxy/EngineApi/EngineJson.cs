using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using AceProxy.Telemetry;

namespace AceProxy.EngineApi;

/// <summary>Reads an engine's JSON replies without trusting their types: numbers come as strings, errors as a string or an object.</summary>
internal static class EngineJson
{
    public static string? Text(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out JsonElement value)
            ? value.ValueKind switch
            {
                JsonValueKind.String => String(value),
                JsonValueKind.Number => value.GetRawText(),
                _ => null,
            }
            : null;

    public static JsonElement? Object(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out JsonElement value)
            && value.ValueKind == JsonValueKind.Object ? value : null;

    /// <summary>The reply's <c>error</c>, which is text from <c>getstream</c> and <c>{"code", "message"}</c> from the service API; null if none.</summary>
    public static string? Error(JsonElement root)
    {
        string? error = Text(root, "error") ?? (Object(root, "error") is { } inner ? Text(inner, "message") ?? "unnamed error" : null);
        return error is null ? null : Words.Tame(error);
    }

    public static string? Infohash(JsonElement parent)
    {
        string? text = Text(parent, "infohash")?.ToLowerInvariant();
        return text is { Length: 40 } && text.All(char.IsAsciiHexDigitLower) ? text : null;
    }

    /// <summary>The JSON as it came, with replacement characters for bytes that are no UTF-8.</summary>
    public static string Raw(JsonElement value) => Encoding.UTF8.GetString(JsonMarshal.GetRawUtf8Value(value));

    /// <summary>Null for bytes that are no UTF-8 and for half a surrogate pair, which the parser lets pass.</summary>
    private static string? String(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
