using System.Text.Json.Serialization;
using AceProxy.LiveStreams;

namespace AceProxy.Operations;

/// <summary>One live stream in <c>GET /api/streams</c>.</summary>
internal sealed record StreamSummary
{
    public required string Key { get; init; }

    /// <summary>Whose part of it this is: every worker that has clients for it has one.</summary>
    public required string Worker { get; init; }

    /// <summary>opening, playing, recovering, idle or stopping.</summary>
    public required string State { get; init; }

    /// <summary>owner: this worker reads the engine; follower: it reads what the owner has put into Redis.</summary>
    public required string Role { get; init; }

    /// <summary>host:port, or null before one was chosen.</summary>
    public required string? Engine { get; init; }

    public required int Clients { get; init; }

    [JsonPropertyName("bytes_in")]
    public required long BytesIn { get; init; }

    [JsonPropertyName("bytes_out")]
    public required long BytesOut { get; init; }

    /// <summary>Connections to the engine that ended before the stream did.</summary>
    public required long Reconnections { get; init; }

    /// <summary>How often it went on with another engine.</summary>
    public required long Failovers { get; init; }

    /// <summary>Reconnections after which nothing was missing or came twice.</summary>
    public required long Splices { get; init; }

    /// <summary>Reconnections after which the stream went on elsewhere.</summary>
    public required long Jumps { get; init; }

    /// <summary>Null before the engine was asked.</summary>
    public required SessionSummary? Session { get; init; }

    /// <summary>What an operator should know, such as that the engine is to be left and no other takes the stream; null for nothing.</summary>
    public required string? Note { get; init; }

    [JsonPropertyName("started_at")]
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Null before the first packet.</summary>
    [JsonPropertyName("last_data_at")]
    public required DateTimeOffset? LastDataAt { get; init; }

    public static StreamSummary Of(LiveStream stream, string worker, TimeProvider time) => new()
    {
        Key = stream.Key.Value,
        Worker = worker,
        State = stream.State.ToString().ToLowerInvariant(),
        Role = stream.Role.ToString().ToLowerInvariant(),
        Engine = stream.Progress.Session?.Engine.Address.Id,
        Clients = stream.ClientCount,
        BytesIn = stream.Progress.Bytes,
        BytesOut = stream.BytesOut,
        Reconnections = stream.Progress.Reconnections,
        Failovers = stream.Progress.Failovers,
        Splices = stream.Progress.Splices,
        Jumps = stream.Progress.Jumps,
        Session = SessionSummary.Of(stream.Progress.Session?.Statistics),
        Note = stream.Progress.Note,
        StartedAt = stream.StartedAt,
        LastDataAt = stream.Progress.HasData ? time.GetUtcNow() - time.GetElapsedTime(stream.Progress.LastData) : null,
    };
}
