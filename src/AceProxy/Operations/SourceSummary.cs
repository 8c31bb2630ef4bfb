using System.Text.Json.Serialization;
using AceProxy.Engines.Sources;

namespace AceProxy.Operations;

/// <summary>One source of engines in <c>GET /api/engines</c>.</summary>
internal sealed record SourceSummary
{
    public required string Name { get; init; }

    /// <summary>How many it named when it last answered.</summary>
    public required int Engines { get; init; }

    /// <summary>Null: never.</summary>
    [JsonPropertyName("answered_at")]
    public required DateTimeOffset? AnsweredAt { get; init; }

    /// <summary>What is wrong with it, in words; null: nothing.</summary>
    public required string? Problem { get; init; }

    public static SourceSummary Of(SourceReport report) => new()
    {
        Name = report.Name,
        Engines = report.Engines.Count,
        AnsweredAt = report.AnsweredAt,
        Problem = report.Problem,
    };
}
