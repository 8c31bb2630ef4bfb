using AceProxy.Top.Steering;
using Spectre.Console;

namespace AceProxy.Top.Drawing;

/// <summary>
/// The whole terminal: the banner, the list that was chosen, where there is room engines and the latest events below it, and what the keys do.
/// </summary>
internal static class Screen
{
    public const int LeastWidth = 60;
    public const int LeastHeight = 12;

    /// <summary>Lines from which on there is room for events, for engines too, and for the heads of their columns.</summary>
    private const int RoomForEvents = 20;
    private const int RoomForEngines = 24;
    private const int RoomForHeads = 36;

    /// <summary>Lines around a page: the topics and the heads above it, the details and the keys below.</summary>
    private const int Around = 4;

    private const int Indent = 2;

    private static readonly string[] Help =
    [
        "1-5, Tab, arrows    streams, clients, engines, workers, events",
        "up/down, j/k        select; also PgUp, PgDn, Home, End",
        "s, S                sort by the next column, by the one before",
        "r                   reverse",
        "/                   filter; Enter keeps it, Esc takes it away",
        "Enter               the clients of the stream that is selected",
        "x, Delete           stop the stream, end the client (asks first)",
        "d                   drain or undrain the engine or worker (asks first)",
        "q, Ctrl+C           leave",
        "",
        "Rates are Mbit/s. LAG: how far the engine is behind the newest it knows.",
        "SILENT: since the last data. STALL: for how long a player takes nothing.",
    ];

    /// <param name="page">Rows to a page of the list, for the keys.</param>
    /// <returns>Exactly as many lines as there are.</returns>
    public static Frame Of(Scene scene, TopState state, Canvas canvas, out int page)
    {
        page = 1;
        if (canvas.Width < LeastWidth || canvas.Height < LeastHeight)
        {
            Line size = new Line(canvas).Add($"{canvas.Width}x{canvas.Height} is too small");
            return new Frame(Filled([size, new Line(canvas).Add($"({LeastWidth}x{LeastHeight}). q quits.")], canvas));
        }

        Listing listing = Listings.Of(state, scene.Snapshot, scene.Events);
        var lines = new List<Line>(canvas.Height);
        lines.AddRange(Banner.Of(scene, canvas));
        Line[] below = [.. Below(scene, state, canvas)];
        page = Math.Max(1, canvas.Height - lines.Count - below.Length - Around);
        int selected = listing.Selected(state.Look);
        lines.Add(Topics(state, listing, canvas).AddLast(PlaceOf(listing, page, selected), Styles.Dim));
        var drawing = new ListDrawing(listing, canvas, Indent);
        lines.Add(drawing.Head(state.Look));
        List<Line> rows = state.Mode == Mode.Help ? [.. Help.Take(page).Select(text => new Line(canvas).Add($"  {text}"))]
            : listing.Rows.Count > 0 ? [.. drawing.Page(page, selected)]
            : scene.Snapshot is null ? []
            : [new Line(canvas).Add(listing.All > 0 ? "  none with the filter's text" : "  none", Styles.Dim)];
        while (rows.Count < page)
        {
            rows.Add(new Line(canvas));
        }

        lines.AddRange(rows);
        lines.Add(scene.Message is { } message
            ? new Line(canvas).Add($"  {message}", Styles.Title)
            : new Line(canvas).Add(selected >= 0 ? $"  {listing.Rows[selected].Detail}" : "", Styles.Dim));
        lines.AddRange(below);
        lines.Add(Footer(state, canvas));
        return new Frame(Filled(lines, canvas));
    }

    private static Line Topics(TopState state, Listing listing, Canvas canvas)
    {
        Line line = new(canvas);
        foreach (Topic topic in Enum.GetValues<Topic>())
        {
            line.Add($" {(int)topic + 1} {topic} ", topic == state.Topic ? Styles.Chosen : Styles.Dim).Add(" ");
        }

        return state.Look.Filter.Length > 0 || listing.Rows.Count != listing.All
            ? line.Add($"'{state.Look.Filter}': {listing.Rows.Count} of {listing.All}", Styles.Title)
            : line;
    }

    /// <summary>Which of the rows are on the page; nothing where all are.</summary>
    private static string PlaceOf(Listing listing, int page, int selected)
    {
        int first = ListDrawing.First(page, selected);
        return listing.Rows.Count <= page ? "" : $"{first + 1}-{Math.Min(first + page, listing.Rows.Count)} of {listing.Rows.Count}";
    }

    private static IEnumerable<Line> Below(Scene scene, TopState state, Canvas canvas)
    {
        if (canvas.Height >= RoomForEngines && state.Topic != Topic.Engines)
        {
            foreach (Line line in Section(scene, state, Topic.Engines, canvas.Height / 8, canvas))
            {
                yield return line;
            }
        }

        if (canvas.Height >= RoomForEvents && state.Topic != Topic.Events)
        {
            foreach (Line line in Section(scene, state, Topic.Events, canvas.Height / 6, canvas))
            {
                yield return line;
            }
        }
    }

    /// <summary>A short list; the same height whatever is in it, so that nothing jumps.</summary>
    private static IEnumerable<Line> Section(Scene scene, TopState state, Topic topic, int height, Canvas canvas)
    {
        TopState asIfChosen = (state with { Topic = topic }).With(TopState.Initial.Looks[(int)topic]);
        Listing listing = Listings.Of(asIfChosen, scene.Snapshot, scene.Events);
        yield return Rule($"{topic}", canvas);
        var drawing = new ListDrawing(listing, canvas, Indent);
        int drawn = 0;
        if (canvas.Height >= RoomForHeads && topic == Topic.Engines)
        {
            drawn++;
            yield return drawing.Head(asIfChosen.Look);
        }

        foreach (Line line in drawing.Page(height - drawn, -1))
        {
            drawn++;
            yield return line;
        }

        for (; drawn < height; drawn++)
        {
            yield return new Line(canvas);
        }
    }

    private static Line Rule(string title, Canvas canvas)
    {
        Line line = new Line(canvas).Add($"{canvas.Rule}{canvas.Rule} ", Styles.Dim).Add(title, Styles.Title).Add(" ");
        return line.Add(string.Concat(Enumerable.Repeat(canvas.Rule, line.Room)), Styles.Dim);
    }

    private static Line Footer(TopState state, Canvas canvas)
    {
        Line line = new(canvas);
        switch (state)
        {
            case { Mode: Mode.Asking, Pending: { } order }:
                return line.Add(order.Question, Styles.Alarm).Add("  y ", Styles.Chosen).Add(" yes ").Add(" n ", Styles.Chosen).Add(" no");
            case { Mode: Mode.Filtering }:
                return line.Add(" / ", Styles.Chosen).Add($" {state.Look.Filter}").Add(" ", Styles.Selected).AddLast("Enter keep  Esc clear");
            case { Mode: Mode.Help }:
                return line.Add("any key goes back");
        }

        Key("q", "quit");
        Key("?", "help");
        Key("Tab", "next");
        Key("/", "filter");
        Key("s", "sort");
        Key("r", "reverse");
        switch (state.Topic)
        {
            case Topic.Streams:
                Key("x", "stop");
                Key("Enter", "clients");
                break;
            case Topic.Clients:
                Key("x", "end");
                break;
            case Topic.Engines or Topic.Workers:
                Key("d", "drain/undrain");
                break;
        }

        return line;

        void Key(string key, string what) => line.Add(key, Styles.Title).Add($" {what}  ");
    }

    private static List<Line> Filled(List<Line> lines, Canvas canvas)
    {
        while (lines.Count < canvas.Height)
        {
            lines.Add(new Line(canvas));
        }

        return lines.Count > canvas.Height ? lines[..canvas.Height] : lines;
    }
}
