namespace AceProxy.Cluster.Workers;

/// <summary>One worker, as it tells the others and a gateway. In Redis as JSON with camel-cased names.</summary>
internal sealed record WorkerRecord
{
    /// <summary>Its own for every start of a process, unless the operator names it.</summary>
    public required string Id { get; init; }

    /// <summary>Where a gateway reaches it, such as <c>http://10.0.0.7:8000</c>.</summary>
    public required string Address { get; init; }

    public required string Version { get; init; }

    public required DateTimeOffset Started { get; init; }

    /// <summary>Live streams on it.</summary>
    public required int Streams { get; init; }

    /// <summary>Players connected to it.</summary>
    public required int Clients { get; init; }

    /// <summary>Bytes a second that its players take, over the last heartbeat.</summary>
    public required long BytesPerSecond { get; init; }

    /// <summary>It will end soon, and should be sent nobody.</summary>
    public required bool Draining { get; init; }
}
