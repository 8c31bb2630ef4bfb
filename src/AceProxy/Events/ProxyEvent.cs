using System.Text.Json;
using System.Text.Json.Serialization;

namespace AceProxy.Events;

/// <summary>Something that an operator may want to hear of, as <c>GET /api/events</c> tells it; what is null is left out.</summary>
internal sealed record ProxyEvent
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter<EventKind>(EventKinds.Naming) },
    };

    public ProxyEvent(EventKind kind) => Kind = kind;

    /// <summary>By the clock of the worker that tells it.</summary>
    public DateTimeOffset At { get; init; }

    public EventKind Kind { get; }

    /// <summary>Where it happened.</summary>
    public string? Worker { get; init; }

    /// <summary>The content's key.</summary>
    public string? Stream { get; init; }

    public string? Client { get; init; }

    /// <summary>The client's address.</summary>
    public string? Address { get; init; }

    /// <summary>host:port.</summary>
    public string? Engine { get; init; }

    /// <summary>The engine's state.</summary>
    public string? State { get; init; }

    /// <summary>The engine, owner or state before.</summary>
    public string? Before { get; init; }

    /// <summary>In words, or in one for the end of a client.</summary>
    public string? Reason { get; init; }

    /// <summary>How long it lasted; how far it jumped.</summary>
    public double? Seconds { get; init; }

    /// <summary>What a client has got, or all of a stream have.</summary>
    public long? Bytes { get; init; }

    /// <summary>How many were dropped.</summary>
    public long? Count { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, Format);
}
