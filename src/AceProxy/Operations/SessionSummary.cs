using System.Text.Json.Serialization;
using AceProxy.Upstream.Sessions;

namespace AceProxy.Operations;

/// <summary>What an engine said last of a stream's session; what it did not say is null.</summary>
internal sealed record SessionSummary
{
    /// <summary>idle, prebuf, dl and the like, in the engine's words.</summary>
    public required string? Status { get; init; }

    public required long? Peers { get; init; }

    /// <summary>KB/s.</summary>
    [JsonPropertyName("speed_down")]
    public required long? SpeedDown { get; init; }

    /// <summary>KB/s.</summary>
    [JsonPropertyName("speed_up")]
    public required long? SpeedUp { get; init; }

    /// <summary>Bytes.</summary>
    public required long? Downloaded { get; init; }

    /// <summary>What is being played, in Unix seconds.</summary>
    public required long? Livepos { get; init; }

    /// <summary>The newest there is, in Unix seconds.</summary>
    [JsonPropertyName("live_last")]
    public required long? LiveLast { get; init; }

    public static SessionSummary? Of(SessionStatistics? statistics) => statistics is null ? null : new SessionSummary
    {
        Status = statistics.Status,
        Peers = statistics.Peers,
        SpeedDown = statistics.SpeedDown,
        SpeedUp = statistics.SpeedUp,
        Downloaded = statistics.Downloaded,
        Livepos = statistics.Position,
        LiveLast = statistics.LiveLast,
    };
}
