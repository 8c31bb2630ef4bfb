using AceProxy.Telemetry;

namespace AceProxy.Top.Steering;

/// <summary>What a key does.</summary>
internal static class Keys
{
    private const int LongestFilter = 60;

    /// <param name="page">How many rows there are to a page.</param>
    /// <param name="order">What is to be carried out; null: nothing.</param>
    public static TopState Press(TopState state, ConsoleKeyInfo key, Listing listing, int page, out Order? order)
    {
        order = null;
        if (key.Modifiers.HasFlag(ConsoleModifiers.Control) && key.Key == ConsoleKey.C)
        {
            return state with { Mode = Mode.Over };
        }

        switch (state.Mode)
        {
            case Mode.Asking:
                order = key.KeyChar is 'y' or 'Y' ? state.Pending : null;
                return state with { Mode = Mode.Browsing, Pending = null };
            case Mode.Filtering:
                return Filter(state, key);
            case Mode.Help:
                return state with { Mode = key.KeyChar is 'q' or 'Q' ? Mode.Over : Mode.Browsing };
            default:
                return Browse(state, key, listing, page);
        }
    }

    private static TopState Filter(TopState state, ConsoleKeyInfo key)
    {
        Look look = state.Look;
        return key.Key switch
        {
            ConsoleKey.Enter => state with { Mode = Mode.Browsing },
            ConsoleKey.Escape => state.With(look with { Filter = "" }) with { Mode = Mode.Browsing },
            ConsoleKey.Backspace => state.With(look with { Filter = look.Filter.Length > 0 ? look.Filter[..^1] : "" }),
            _ when key.KeyChar >= ' ' && key.KeyChar != '\x7f' && look.Filter.Length < LongestFilter
                => state.With(look with { Filter = look.Filter + key.KeyChar }),
            _ => state,
        };
    }

    private static TopState Browse(TopState state, ConsoleKeyInfo key, Listing listing, int page)
    {
        int topics = Enum.GetValues<Topic>().Length;
        switch (key.Key)
        {
            case ConsoleKey.UpArrow:
                return Select(state, listing, -1);
            case ConsoleKey.DownArrow:
                return Select(state, listing, 1);
            case ConsoleKey.PageUp:
                return Select(state, listing, -page);
            case ConsoleKey.PageDown:
                return Select(state, listing, page);
            case ConsoleKey.Home:
                return Select(state, listing, -listing.Rows.Count);
            case ConsoleKey.End:
                return Select(state, listing, listing.Rows.Count);
            case ConsoleKey.Tab when key.Modifiers.HasFlag(ConsoleModifiers.Shift):
            case ConsoleKey.LeftArrow:
                return state with { Topic = (Topic)(((int)state.Topic + topics - 1) % topics) };
            case ConsoleKey.Tab:
            case ConsoleKey.RightArrow:
                return state with { Topic = (Topic)(((int)state.Topic + 1) % topics) };
            case ConsoleKey.Escape:
                return state.With(state.Look with { Filter = "" });
            case ConsoleKey.Enter when state.Topic == Topic.Streams && Chosen(state, listing) is { } stream:
                TopState clients = state with { Topic = Topic.Clients };
                return clients.With(clients.Look with { Filter = stream.Id });
            case ConsoleKey.Delete:
                return Ask(state, Ending(state, listing));
        }

        Look look = state.Look;
        return key.KeyChar switch
        {
            'q' or 'Q' => state with { Mode = Mode.Over },
            'j' => Select(state, listing, 1),
            'k' => Select(state, listing, -1),
            >= '1' and <= '5' => state with { Topic = (Topic)(key.KeyChar - '1') },
            's' or '>' => state.With(look with { SortedBy = (look.SortedBy + 1) % listing.Columns.Count }),
            'S' or '<' => state.With(look with { SortedBy = (look.SortedBy + listing.Columns.Count - 1) % listing.Columns.Count }),
            'r' => state.With(look with { IsDescending = !look.IsDescending }),
            '/' => state with { Mode = Mode.Filtering },
            'x' => Ask(state, Ending(state, listing)),
            'd' => Ask(state, Draining(state, listing)),
            '?' or 'h' => state with { Mode = Mode.Help },
            _ => state,
        };
    }

    private static TopState Select(TopState state, Listing listing, int by)
    {
        if (listing.Rows.Count == 0)
        {
            return state;
        }

        int place = Math.Clamp(listing.Selected(state.Look) + by, 0, listing.Rows.Count - 1);
        return state.With(state.Look with { Id = listing.Rows[place].Id, Place = place });
    }

    /// <summary>What is asked about stays selected, whatever comes meanwhile.</summary>
    private static TopState Ask(TopState state, Order? order) => order is null ? state : state with { Mode = Mode.Asking, Pending = order };

    private static ListingRow? Chosen(TopState state, Listing listing) => listing.Selected(state.Look) is >= 0 and var at ? listing.Rows[at] : null;

    private static Order? Ending(TopState state, Listing listing)
    {
        if (Chosen(state, listing) is not { } row)
        {
            return null;
        }

        string path = Uri.EscapeDataString(row.Id);
        string name = Short(row.Id);
        return state.Topic switch
        {
            Topic.Streams => new Order(
                HttpMethod.Delete, $"api/streams/{path}", $"Stop {name} for all its clients ({TextOf(row, listing, "CLIENTS")})?", $"stopped {name}"),
            Topic.Clients => new Order(
                HttpMethod.Delete, $"api/clients/{path}", $"End client {name} at {TextOf(row, listing, "ADDRESS")}?", $"ended client {name}"),
            _ => null,
        };
    }

    private static Order? Draining(TopState state, Listing listing)
    {
        if (state.Topic is not (Topic.Engines or Topic.Workers) || Chosen(state, listing) is not { } row)
        {
            return null;
        }

        string what = state.Topic == Topic.Engines ? "engine" : "worker";
        string verb = TextOf(row, listing, "STATE") == "draining" ? "undrain" : "drain";
        return new Order(
            HttpMethod.Post, $"api/{what}s/{Uri.EscapeDataString(row.Id)}/{verb}",
            $"{char.ToUpperInvariant(verb[0])}{verb[1..]} {what} {Short(row.Id)}?", $"{verb}ed {what} {Short(row.Id)}");
    }

    private static string TextOf(ListingRow row, Listing listing, string title) =>
        listing.Columns.Zip(row.Cells).First(pair => pair.First.Title == title).Second.Text;

    /// <summary>Names that were told are as long as they like.</summary>
    private static string Short(string name)
    {
        string tame = Words.Tame(name);
        return tame.Length > 40 ? tame[..40] : tame;
    }
}
