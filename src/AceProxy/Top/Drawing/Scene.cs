using AceProxy.Top.Fetching;

namespace AceProxy.Top.Drawing;

/// <summary>Everything there is to show.</summary>
internal sealed record Scene
{
    public required Uri Url { get; init; }

    /// <summary>Local time of the clock in the corner.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>Null before the first answer.</summary>
    public ClusterSnapshot? Snapshot { get; init; }

    /// <summary>The oldest first.</summary>
    public IReadOnlyList<ClusterEvent> Events { get; init; } = [];

    /// <summary>Why the last look failed; null: it did not.</summary>
    public Trouble? Trouble { get; init; }

    /// <summary>Since the last answer, or the start.</summary>
    public TimeSpan TroubleFor { get; init; }

    /// <summary>What has become of the last order.</summary>
    public string? Message { get; init; }
}
