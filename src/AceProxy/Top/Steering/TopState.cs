using System.Collections.Immutable;

namespace AceProxy.Top.Steering;

/// <summary>What the operator has chosen to see.</summary>
internal sealed record TopState
{
    public static TopState Initial { get; } = new()
    {
        // The busiest stream and client, the engine in trouble, and the newest event are what one looks for.
        Looks =
        [
            new Look(Listings.SortOf(Topic.Streams, "OUT Mb/s"), true),
            new Look(Listings.SortOf(Topic.Clients, "STALL"), true),
            new Look(Listings.SortOf(Topic.Engines, "STATE"), false),
            new Look(Listings.SortOf(Topic.Workers, "WORKER"), false),
            new Look(Listings.SortOf(Topic.Events, "TIME"), true),
        ],
    };

    public Topic Topic { get; init; }

    public Mode Mode { get; init; }

    public required ImmutableArray<Look> Looks { get; init; }

    /// <summary>What is being asked about.</summary>
    public Order? Pending { get; init; }

    public Look Look => Looks[(int)Topic];

    public TopState With(Look look) => this with { Looks = Looks.SetItem((int)Topic, look) };
}
