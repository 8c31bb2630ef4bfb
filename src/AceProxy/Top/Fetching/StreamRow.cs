namespace AceProxy.Top.Fetching;

/// <summary>One content, on all workers that have it. Rates are bytes a second, and null before they are known.</summary>
internal sealed record StreamRow
{
    public required string Key { get; init; }

    public required string State { get; init; }

    /// <summary>Its owner.</summary>
    public required string Worker { get; init; }

    /// <summary>How many have it.</summary>
    public required int Workers { get; init; }

    public required string? Engine { get; init; }

    public required int Clients { get; init; }

    /// <summary>From the engine.</summary>
    public required double? In { get; init; }

    /// <summary>To all clients.</summary>
    public required double? Out { get; init; }

    /// <summary>How far the engine plays behind the newest there is, as it says.</summary>
    public required TimeSpan? Lag { get; init; }

    /// <summary>Since the last data.</summary>
    public required TimeSpan? Silent { get; init; }

    public required TimeSpan Age { get; init; }

    public required long Reconnections { get; init; }

    public required long Jumps { get; init; }

    public required long? Peers { get; init; }

    public required string? Note { get; init; }
}
