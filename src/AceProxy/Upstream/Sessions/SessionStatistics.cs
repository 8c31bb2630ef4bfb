using System.Globalization;
using System.Text.Json;
using AceProxy.EngineApi;
using AceProxy.Telemetry;

namespace AceProxy.Upstream.Sessions;

/// <summary>What an engine said of a session at one moment. Whatever it left out, or said in a way that makes no sense, is null.</summary>
internal sealed record SessionStatistics
{
    /// <summary>idle, prebuf, dl, checking, buf, wait or err; null right after the start.</summary>
    public string? Status { get; init; }

    public long? Peers { get; init; }

    /// <summary>KB/s.</summary>
    public long? SpeedDown { get; init; }

    /// <summary>KB/s.</summary>
    public long? SpeedUp { get; init; }

    /// <summary>Bytes, in steps of 16 KiB; may fall back.</summary>
    public long? Downloaded { get; init; }

    /// <summary><c>livepos.pos</c>: what is being played, in Unix seconds.</summary>
    public long? Position { get; init; }

    /// <summary><c>livepos.live_last</c>: the newest there is, in Unix seconds.</summary>
    public long? LiveLast { get; init; }

    /// <param name="response">The <c>response</c> object of <c>stat_url</c>.</param>
    /// <param name="nonsense">What made no sense, or null.</param>
    public static SessionStatistics Read(JsonElement response, out string? nonsense)
    {
        var problems = new List<string>();
        JsonElement? live = EngineJson.Object(response, "livepos");
        var statistics = new SessionStatistics
        {
            Status = EngineJson.Text(response, "status") is { } status ? Words.Tame(status) : null,
            Peers = Number(response, "peers", problems),
            SpeedDown = Number(response, "speed_down", problems) ?? Number(response, "speedDown", problems),
            SpeedUp = Number(response, "speed_up", problems) ?? Number(response, "speedUp", problems),
            Downloaded = Number(response, "downloaded", problems),
            Position = live is { } position ? Number(position, "pos", problems) : null,
            LiveLast = live is { } last ? Number(last, "live_last", problems) : null,
        };
        nonsense = problems.Count > 0 ? string.Join(", ", problems) : null;
        return statistics;
    }

    private static long? Number(JsonElement parent, string name, List<string> problems)
    {
        if (parent.ValueKind != JsonValueKind.Object || !parent.TryGetProperty(name, out JsonElement value)
            || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        const NumberStyles Style = NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign | NumberStyles.AllowExponent;
        if (double.TryParse(EngineJson.Text(parent, name), Style, CultureInfo.InvariantCulture, out double number) && number is >= 0 and < 1e15)
        {
            return (long)number;
        }

        problems.Add($"{name} is {Words.Tame(EngineJson.Raw(value))}");
        return null;
    }
}
