using System.Text.Json.Serialization;
using AceProxy.Cluster.Workers;

namespace AceProxy.Operations;

/// <summary>One worker in <c>GET /api/workers</c>.</summary>
internal sealed record WorkerSummary
{
    public required string Id { get; init; }

    /// <summary>Where gateways reach it; null before it listens.</summary>
    public required string? Address { get; init; }

    public required string Version { get; init; }

    [JsonPropertyName("started_at")]
    public required DateTimeOffset StartedAt { get; init; }

    public required int Streams { get; init; }

    public required int Clients { get; init; }

    /// <summary>What its players take, over the last heartbeat; null: it is of a version that does not tell.</summary>
    [JsonPropertyName("bytes_per_second")]
    public long? BytesPerSecond { get; init; }

    public required bool Draining { get; init; }

    /// <summary>False: it is still listed, but did not answer, and these are the figures of its last heartbeat.</summary>
    public required bool Answers { get; init; }

    public static WorkerSummary Of(WorkerRecord silent) => new()
    {
        Id = silent.Id,
        Address = silent.Address,
        Version = silent.Version,
        StartedAt = silent.Started,
        Streams = silent.Streams,
        Clients = silent.Clients,
        BytesPerSecond = silent.BytesPerSecond,
        Draining = silent.Draining,
        Answers = false,
    };
}
