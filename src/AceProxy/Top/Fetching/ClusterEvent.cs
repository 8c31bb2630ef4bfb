using System.Globalization;
using System.Text.Json;

namespace AceProxy.Top.Fetching;

/// <summary>Something that has happened, as the screen shows it. It may be of a later version's kind.</summary>
/// <param name="Id">Its place among all.</param>
/// <param name="At">By the clock of the worker that told it.</param>
/// <param name="Text">What applies of it, in one line.</param>
internal sealed record ClusterEvent(string Id, DateTimeOffset At, string Kind, string Text)
{
    /// <summary>So much of a key is enough to tell streams apart.</summary>
    private const int ShownOfKey = 12;

    /// <param name="json">The event's data; what makes no sense in it is left out.</param>
    public static ClusterEvent Parse(string id, string kind, string json)
    {
        try
        {
            JsonElement data = JsonElement.Parse(json);
            if (data.ValueKind == JsonValueKind.Object)
            {
                DateTimeOffset at = data.TryGetProperty("at", out JsonElement time) && time.ValueKind == JsonValueKind.String
                    && time.TryGetDateTimeOffset(out DateTimeOffset told) ? told : default;
                return new ClusterEvent(id, at, kind, Describe(data));
            }
        }
        catch (JsonException)
        {
            // Then it is shown by its kind alone.
        }

        return new ClusterEvent(id, default, kind, "");
    }

    private static string Describe(JsonElement data)
    {
        var words = new List<string>();
        Add("stream", key => key.Length > ShownOfKey ? key[..ShownOfKey] : key);
        Add("address", address => address);
        Add("before", before => $"{before} ->");
        Add("engine", engine => engine);
        Add("state", state => state);
        Add("reason", reason => reason);
        Add("seconds", seconds => double.TryParse(seconds, CultureInfo.InvariantCulture, out double value)
            ? string.Create(CultureInfo.InvariantCulture, $"{value:0.#} s") : "");
        Add("bytes", bytes => long.TryParse(bytes, CultureInfo.InvariantCulture, out long value) ? Figures.Bytes(value) : "");
        Add("count", count => count);
        Add("client", client => $"client {client}");
        Add("worker", worker => $"on {worker}");
        return string.Join("  ", words.Where(word => word.Length > 0));

        void Add(string name, Func<string, string> show)
        {
            if (data.TryGetProperty(name, out JsonElement value) && value.ValueKind is JsonValueKind.String or JsonValueKind.Number)
            {
                words.Add(show(value.ToString()));
            }
        }
    }
}
