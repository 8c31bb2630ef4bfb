using AceProxy.Top.Fetching;

namespace AceProxy.Top.Steering;

/// <summary>Makes the lists of what was fetched.</summary>
internal static class Listings
{
    /// <summary>Data comes in bursts; shorter than this is no silence.</summary>
    private static readonly TimeSpan Noticeable = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan Long = TimeSpan.FromSeconds(10);

    private static readonly Column[] StreamColumns =
    [
        new("STREAM", 12, 40), new("STATE", 10, 10), Column.Figure("CLIENTS", 7), Column.Figure("IN Mb/s", 7), Column.Figure("OUT Mb/s", 8),
        Column.Figure("LAG", 4, 1), Column.Figure("SILENT", 6, 1), new("ENGINE", 15, 24), Column.Figure("UP", 4, 2), Column.Figure("RECONN", 6, 3),
        Column.Figure("JUMPS", 5, 4), Column.Figure("PEERS", 5, 6), Column.Figure("WORKERS", 7, 7), new("OWNER", 10, 20, 8), new("NOTE", 10, 60, 9),
    ];

    private static readonly Column[] ClientColumns =
    [
        new("CLIENT", 12, 12), new("ADDRESS", 15, 24), new("STREAM", 12, 16), Column.Figure("Mb/s", 6), Column.Figure("GOT", 8, 2),
        Column.Figure("STALL", 6), Column.Figure("JUMPS", 5, 3), Column.Figure("UP", 4, 1), new("WORKER", 10, 20, 4), new("PLAYER", 10, 60, 1),
    ];

    private static readonly Column[] EngineColumns =
    [
        new("ENGINE", 16, 32), new("STATE", 8, 8), Column.Figure("SESSIONS", 8), Column.Figure("DOWN Mb/s", 9, 1), Column.Figure("PEERS", 5, 2),
        new("NET", 3, 3, 3), new("FWD", 3, 3, 4), Column.Figure("SINCE", 5, 1), new("VERSION", 8, 12, 5), new("REASON", 10, 80, 2),
    ];

    private static readonly Column[] WorkerColumns =
    [
        new("WORKER", 12, 32), new("STATE", 8, 8), Column.Figure("STREAMS", 7), Column.Figure("CLIENTS", 7), Column.Figure("OUT Mb/s", 8),
        Column.Figure("UP", 4, 1), new("VERSION", 8, 12, 3), new("ADDRESS", 15, 40, 2),
    ];

    private static readonly Column[] EventColumns = [new("TIME", 8, 8), new("EVENT", 16, 16), new("WHAT", 20, 200)];

    public static Listing Of(TopState state, ClusterSnapshot? snapshot, IReadOnlyList<ClusterEvent> events)
    {
        Look look = state.Look;
        ListingRow[] all = [.. RowsOf(state.Topic, snapshot, events)];
        IEnumerable<ListingRow> shown = all.Where(row => Matches(row, look.Filter));
        return new Listing(ColumnsOf(state.Topic), Sort(shown, look), all.Length);
    }

    public static Column[] ColumnsOf(Topic topic) => topic switch
    {
        Topic.Streams => StreamColumns,
        Topic.Clients => ClientColumns,
        Topic.Engines => EngineColumns,
        Topic.Workers => WorkerColumns,
        _ => EventColumns,
    };

    public static int SortOf(Topic topic, string title) => Array.FindIndex(ColumnsOf(topic), column => column.Title == title);

    private static IEnumerable<ListingRow> RowsOf(Topic topic, ClusterSnapshot? snapshot, IReadOnlyList<ClusterEvent> events) => topic switch
    {
        Topic.Streams => snapshot?.Streams.Select(Row) ?? [],
        Topic.Clients => snapshot?.Clients.Select(Row) ?? [],
        Topic.Engines => snapshot?.Engines.Select(Row) ?? [],
        Topic.Workers => snapshot?.Workers.Select(Row) ?? [],
        _ => events.Select(Row),
    };

    private static bool Matches(ListingRow row, string filter) =>
        filter.Length == 0 || row.Cells.Any(cell => cell.Text.Contains(filter, StringComparison.OrdinalIgnoreCase));

    /// <summary>What is not known comes last either way, and equals keep one order, or rows would dance.</summary>
    private static ListingRow[] Sort(IEnumerable<ListingRow> rows, Look look)
    {
        IOrderedEnumerable<ListingRow> known = rows.OrderBy(row => row.Cells[look.SortedBy].Order is null);
        IComparer<IComparable?> comparer = Comparer<IComparable?>.Create((one, other) =>
            one is string text ? string.CompareOrdinal(text, other as string) : one is null ? 0 : one.CompareTo(other));
        IOrderedEnumerable<ListingRow> sorted = look.IsDescending
            ? known.ThenByDescending(row => row.Cells[look.SortedBy].Order, comparer)
            : known.ThenBy(row => row.Cells[look.SortedBy].Order, comparer);
        return [.. sorted.ThenBy(row => row.Id, StringComparer.Ordinal)];
    }

    private static ListingRow Row(StreamRow stream) => new(
        stream.Key,
        [
            Cell.Of(stream.Key), State(stream.State), Count(stream.Clients), Rate(stream.In), Rate(stream.Out),
            Time(stream.Lag), Time(stream.Silent, isWorse: true), Cell.Of(stream.Engine), Time(stream.Age), Count(stream.Reconnections),
            Count(stream.Jumps), Count(stream.Peers), Count(stream.Workers), Cell.Of(stream.Worker), Cell.Of(stream.Note ?? "", Tone.Warning),
        ],
        $"{stream.Key}{(stream.Note is { } note ? $"  {note}" : $"  owner {stream.Worker}")}");

    private static ListingRow Row(ClientRow client) => new(
        client.Id,
        [
            Cell.Of(client.Id), Cell.Of(client.Address), Cell.Of(client.Stream), Rate(client.Rate),
            new Cell(Figures.Bytes(client.Bytes), client.Bytes), Time(client.Stalled, isWorse: true), Count(client.Jumps), Time(client.Age),
            Cell.Of(client.Worker), Cell.Of(client.Player),
        ],
        $"{client.Stream}  on {client.Worker}  {client.Player}");

    private static ListingRow Row(EngineRow engine) => new(
        engine.Id,
        [
            Cell.Of(engine.Id), State(engine.State),
            new Cell($"{engine.Sessions}/{engine.Most}", engine.Sessions, engine.Sessions >= engine.Most ? Tone.Warning : Tone.Plain),
            Rate(engine.Down), Count(engine.Peers),
            engine.Connected switch { null => Cell.Of(null), true => Cell.Of("yes"), false => Cell.Of("no", Tone.Bad) },
            Cell.Of(engine.Forwarded ? "yes" : "no"), Time(engine.Age), Cell.Of(engine.Version), Cell.Of(engine.Reason),
        ],
        $"{engine.Id}  {engine.Reason}");

    private static ListingRow Row(WorkerRow worker) => new(
        worker.Id,
        [
            Cell.Of(worker.Id), State(worker.State), Count(worker.Streams), Count(worker.Clients), Rate(worker.Out),
            Time(worker.Age), Cell.Of(worker.Version), Cell.Of(worker.Address),
        ],
        $"{worker.Id}  {worker.Address}");

    private static ListingRow Row(ClusterEvent one, int number) => new(
        one.Id,
        [
            new Cell(one.At == default ? Figures.Unknown : one.At.ToLocalTime().ToString("HH:mm:ss", null), number), Cell.Of(one.Kind, ToneOf(one.Kind)),
            Cell.Of(one.Text),
        ],
        one.Text);

    /// <summary>The worst first.</summary>
    private static Cell State(string state)
    {
        Tone tone = ToneOf(state);
        return new Cell(state, $"{Tone.Bad - tone} {state}", tone);
    }

    private static Cell Rate(double? rate) => new(Figures.Rate(rate), rate);

    private static Cell Count(long? count) => new(Figures.Count(count), count);

    private static Cell Time(TimeSpan? time, bool isWorse = false) => new(
        Figures.Duration(time), time, !isWorse || time < Noticeable ? Tone.Plain : time < Long ? Tone.Warning : Tone.Bad);

    /// <summary>Of a state, or of a kind of event.</summary>
    private static Tone ToneOf(string word) => word switch
    {
        "playing" or "healthy" or "ready" => Tone.Good,
        "opening" or "recovering" or "degraded" or "draining" or "failover" or "jumped" or "engine-changed" or "owner-changed" or "worker-draining"
            => Tone.Warning,
        "open" or "gone" or "silent" or "gap" or "events-dropped" or "worker-left" => Tone.Bad,
        "idle" or "stopping" => Tone.Dim,
        _ => Tone.Plain,
    };
}
