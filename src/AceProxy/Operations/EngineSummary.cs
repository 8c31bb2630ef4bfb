using System.Text.Json.Serialization;
using AceProxy.Engines;

namespace AceProxy.Operations;

/// <summary>One engine in <c>GET /api/engines</c>.</summary>
internal sealed record EngineSummary
{
    /// <summary>host:port.</summary>
    public required string Id { get; init; }

    /// <summary>Who sees it so: each worker asks and judges by itself.</summary>
    public required string Worker { get; init; }

    /// <summary>Who names it; empty when it is gone.</summary>
    public required IReadOnlyList<string> Sources { get; init; }

    public required bool Forwarded { get; init; }

    /// <summary>healthy, degraded, open, draining or gone.</summary>
    public required string State { get; init; }

    /// <summary>Why, in words.</summary>
    public required string Reason { get; init; }

    public required DateTimeOffset Since { get; init; }

    /// <summary>Held or being opened, by this worker.</summary>
    public required int Sessions { get; init; }

    /// <summary>Of all workers together.</summary>
    public required int Max { get; init; }

    /// <summary>When a session was last begun; null: never.</summary>
    [JsonPropertyName("last_used")]
    public required DateTimeOffset? LastUsed { get; init; }

    /// <summary>Null before it has said.</summary>
    public required string? Version { get; init; }

    /// <summary>Whether it says that it reaches the internet; null before it has said.</summary>
    public required bool? Connected { get; init; }

    public static EngineSummary Of(Engine engine, EnginePool engines, string worker)
    {
        EngineHealth health = engine.Health;
        return new EngineSummary
        {
            Id = engine.Address.Id,
            Worker = worker,
            Sources = engine.Sources,
            Forwarded = engine.Address.IsForwarded,
            State = health.State.ToString().ToLowerInvariant(),
            Reason = health.Reason,
            Since = health.Since,
            Sessions = engines.SessionsOn(engine),
            Max = engines.MaxStreams,
            LastUsed = engine.LastUsed,
            Version = engine.Version,
            Connected = engine.IsConnected,
        };
    }
}
