namespace AceProxy.Top.Fetching;

/// <summary>One worker.</summary>
internal sealed record WorkerRow
{
    public required string Id { get; init; }

    /// <summary>ready, draining, or silent: it is listed and does not answer.</summary>
    public required string State { get; init; }

    public required string? Address { get; init; }

    public required int Streams { get; init; }

    public required int Clients { get; init; }

    /// <summary>Bytes a second to its clients.</summary>
    public required double? Out { get; init; }

    public required TimeSpan Age { get; init; }

    public required string Version { get; init; }
}
