using AceProxy.Top.Steering;
using Spectre.Console;

namespace AceProxy.Top.Drawing;

/// <summary>A list: the columns that there is room for, their heads, and a page of rows.</summary>
internal sealed class ListDrawing(Listing listing, Canvas canvas, int indent)
{
    private const int Gap = 1;

    private readonly int[] _widths = WidthsOf(listing.Columns, canvas.Width - indent);

    public Line Head(Look look)
    {
        Line line = new Line(canvas).AddFitted("", indent);
        for (int at = 0; at < _widths.Length; at++)
        {
            if (_widths[at] > 0)
            {
                Column column = listing.Columns[at];
                bool isSorted = at == look.SortedBy;
                string arrow = look.IsDescending ? canvas.Down : canvas.Up;
                string title = isSorted && column.Title.Length < _widths[at] ? column.Title + arrow : column.Title;
                line.AddFitted(title, _widths[at], isSorted ? Styles.Head : Styles.Title, column.IsRight).AddFitted("", Gap);
            }
        }

        return line;
    }

    /// <param name="selected">-1: none is.</param>
    public IEnumerable<Line> Page(int height, int selected)
    {
        int first = height > 0 && selected >= 0 ? selected / height * height : 0;
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

    /// <summary>The highest ranks are left out until the rest fits, and what is over makes columns wider, the first ones first.</summary>
    /// <returns>0 for a column that is left out.</returns>
    private static int[] WidthsOf(IReadOnlyList<Column> columns, int room)
    {
        int[] widths = [.. columns.Select(column => column.Width)];
        while (Taken() > room && Enumerable.Range(0, widths.Length).Where(at => widths[at] > 0 && columns[at].Rank > 0).ToArray() is { Length: > 0 } left)
        {
            widths[left.MaxBy(at => columns[at].Rank)] = 0;
        }

        for (int at = 0; at < widths.Length; at++)
        {
            if (widths[at] > 0)
            {
                widths[at] += Math.Clamp(room - Taken(), 0, columns[at].Widest - columns[at].Width);
            }
        }

        return widths;

        int Taken() => widths.Where(width => width > 0).Sum(width => width + Gap) - Gap;
    }
}
