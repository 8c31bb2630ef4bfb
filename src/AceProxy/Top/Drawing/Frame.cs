using Spectre.Console.Rendering;

namespace AceProxy.Top.Drawing;

/// <summary>Lines, one below the other.</summary>
internal sealed class Frame(IReadOnlyList<Line> lines) : Renderable
{
    public int Height => lines.Count;

    protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
    {
        for (int at = 0; at < lines.Count; at++)
        {
            foreach (Segment segment in lines[at].Segments())
            {
                yield return segment;
            }

            if (at + 1 < lines.Count)
            {
                yield return Segment.LineBreak;
            }
        }
    }
}
