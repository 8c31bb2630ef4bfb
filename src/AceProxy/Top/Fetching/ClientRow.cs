namespace AceProxy.Top.Fetching;

/// <summary>One client.</summary>
internal sealed record ClientRow
{
    public required string Id { get; init; }

    public required string Address { get; init; }

    /// <summary>The stream's key.</summary>
    public required string Stream { get; init; }

    public required string Worker { get; init; }

    /// <summary>What it says that it is.</summary>
    public required string Player { get; init; }

    /// <summary>Bytes a second; null before it is known.</summary>
    public required double? Rate { get; init; }

    public required long Bytes { get; init; }

    /// <summary>For which it has taken nothing of what waits for it.</summary>
    public required TimeSpan Stalled { get; init; }

    public required int Jumps { get; init; }

    public required TimeSpan Age { get; init; }
}
