using Spectre.Console;
using Spectre.Console.Rendering;

namespace AceProxy.Top.Drawing;

/// <summary>One line of the screen, exactly as wide as it, so that nothing ever wraps and nothing of the frame before is left.</summary>
internal sealed class Line(Canvas canvas)
{
    private readonly List<Segment> _segments = [];

    /// <summary>Cells that are left.</summary>
    public int Room { get; private set; } = canvas.Width;

    public Line Add(string text, Style? style = null)
    {
        string printable = Printable.Of(text, canvas);
        return AddFitted(printable, Math.Min(Printable.CellsOf(printable), Room), style);
    }

    /// <summary>In exactly so many cells, or what is left of the line.</summary>
    public Line AddFitted(string text, int width, Style? style = null, bool isRight = false)
    {
        int cells = Math.Min(width, Room);
        if (cells > 0)
        {
            _segments.Add(new Segment(Printable.Fit(text, cells, canvas, isRight), style ?? Style.Plain));
            Room -= cells;
        }

        return this;
    }

    /// <summary>At the right end; nothing if there is no room for all of it.</summary>
    public Line AddLast(string text, Style? style = null) => Room < text.Length ? this
        : AddFitted("", Room - text.Length).AddFitted(text, text.Length, style);

    /// <summary>Up to the line's end.</summary>
    public IEnumerable<Segment> Segments() => Room > 0 ? _segments.Append(new Segment(new string(' ', Room))) : _segments;
}
