using System.Text.Json.Serialization;
using AceProxy.LiveStreams;

namespace AceProxy.Operations;

/// <summary>One client in <c>GET /api/clients</c>.</summary>
internal sealed record ClientSummary
{
    public required string Id { get; init; }

    /// <summary>Where it is connected.</summary>
    public required string Worker { get; init; }

    /// <summary>The stream's key.</summary>
    public required string Stream { get; init; }

    public required string Address { get; init; }

    [JsonPropertyName("user_agent")]
    public required string UserAgent { get; init; }

    [JsonPropertyName("started_at")]
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>That its connection has accepted.</summary>
    public required long Bytes { get; init; }

    /// <summary>How often it was lapped and had to jump.</summary>
    public required int Jumps { get; init; }

    /// <summary>Seconds for which it has accepted nothing although something waits for it.</summary>
    [JsonPropertyName("stalled_for")]
    public required double StalledFor { get; init; }

    public static ClientSummary Of(Client client, LiveStream stream, string worker, TimeProvider time) => new()
    {
        Id = client.Id,
        Worker = worker,
        Stream = stream.Key.Value,
        Address = client.Address,
        UserAgent = client.UserAgent,
        StartedAt = time.GetUtcNow() - time.GetElapsedTime(client.StartedAt),
        Bytes = client.Bytes,
        Jumps = client.Jumps,
        StalledFor = Math.Round(client.StalledFor().TotalSeconds, 3),
    };
}
