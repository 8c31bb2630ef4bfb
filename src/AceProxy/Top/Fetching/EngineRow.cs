namespace AceProxy.Top.Fetching;

/// <summary>One engine, as all workers use it.</summary>
internal sealed record EngineRow
{
    public required string Id { get; init; }

    /// <summary>The worst that a worker says.</summary>
    public required string State { get; init; }

    public required string Reason { get; init; }

    /// <summary>Of all workers.</summary>
    public required int Sessions { get; init; }

    public required int Most { get; init; }

    public required bool Forwarded { get; init; }

    public required bool? Connected { get; init; }

    /// <summary>Bytes a second from peers; null without a session that told.</summary>
    public required double? Down { get; init; }

    public required long? Peers { get; init; }

    /// <summary>For how long it has been in its state.</summary>
    public required TimeSpan Age { get; init; }

    public required string? Version { get; init; }
}
