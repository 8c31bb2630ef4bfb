using AceProxy.Top.Steering;
using Spectre.Console;

namespace AceProxy.Top.Drawing;

/// <summary>A list: the columns that there is room for, their heads, and a page of rows.</summary>
internal sealed class ListDrawing(Listing listing, Canvas canvas, int indent)
{
    private const int Gap = 1;

    /// <summary>Columns of a lower rank come before the width of others.</summary>
    private const int Optional = 2;

    private readonly int[] _widths = WidthsOf(listing, canvas.Width - indent);

    public Line Head(Look look)
    {
        Line line = new Line(canvas).AddFitted("", indent);
        for (int at = 0; at < _widths.Length; at++)
        {
            if (_widths[at] > 0)
            {
                Column column = listing.Columns[at];
                string arrow = at != look.SortedBy ? "" : look.IsDescending ? canvas.Down : canvas.Up;
                line = column.IsRight // an arrow may stand in the gap
                    ? line.AddFitted(column.Title, _widths[at], Styles.Title, true).AddFitted(arrow, Gap, Styles.Title)
                    : line.AddFitted(column.Title + arrow, _widths[at] + Gap, Styles.Title);
            }
        }

        return line;
    }

    /// <summary>The first row of the page that the selected one is on.</summary>
    public static int First(int height, int selected) => height > 0 && selected >= 0 ? selected / height * height : 0;

    /// <param name="selected">-1: none is.</param>
    public IEnumerable<Line> Page(int height, int selected)
    {
        int first = First(height, selected);
        return listing.Rows.Skip(first).Take(height).Select((row, at) => Row(row, first + at == selected));
    }

    private Line Row(ListingRow row, bool isSelected)
    {
        Style? all = isSelected ? Styles.Selected : null;
        Line line = new Line(canvas).AddFitted(isSelected ? canvas.Marker : "", indent, all);
        for (int at = 0; at < _widths.Length; at++)
        {
            if (_widths[at] > 0)
            {
                Cell cell = row.Cells[at];
                line.AddFitted(cell.Text, _widths[at], all ?? Styles.Of(cell.Tone), listing.Columns[at].IsRight).AddFitted("", Gap, all);
            }
        }

        return line.AddFitted("", line.Room, all);
    }

    /// <summary>
    /// Rank by rank: those of a rank that there is room for. From the optional ones on, what is there gets the width that it wants first, so that a
    /// figure more is only shown where no name is cut off for it.
    /// </summary>
    /// <returns>0 for a column that is left out.</returns>
    private static int[] WidthsOf(Listing listing, int room)
    {
        IReadOnlyList<Column> columns = listing.Columns;
        int[] widths = new int[columns.Count];
        int left = room + Gap; // the last has none behind it
        foreach (IGrouping<int, int> rank in Enumerable.Range(0, columns.Count).GroupBy(at => columns[at].Rank).OrderBy(rank => rank.Key))
        {
            foreach (int at in rank.Where(at => columns[at].Width + Gap <= left))
            {
                widths[at] = columns[at].Width;
                left -= widths[at] + Gap;
            }

            if (rank.Key >= Optional)
            {
                Widen();
            }
        }

        Widen();
        return widths;

        void Widen()
        {
            for (int at = 0; at < widths.Length; at++)
            {
                int wanted = Math.Min(columns[at].Widest, listing.Rows.Select(row => row.Cells[at].Text.Length).DefaultIfEmpty().Max());
                int more = widths[at] > 0 ? Math.Clamp(wanted - widths[at], 0, left) : 0;
                widths[at] += more;
                left -= more;
            }
        }
    }
}
