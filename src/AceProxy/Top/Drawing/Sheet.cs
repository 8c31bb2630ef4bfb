using AceProxy.Top.Steering;

namespace AceProxy.Top.Drawing;

/// <summary>Everything at once, as long as it is: for what is no terminal.</summary>
internal static class Sheet
{
    private const int LatestEvents = 20;

    public static Frame Of(Scene scene, Canvas canvas)
    {
        List<Line> lines = [.. Banner.Of(scene, canvas)];
        foreach (Topic topic in Enum.GetValues<Topic>())
        {
            TopState state = TopState.Initial with { Topic = topic };
            Listing listing = Listings.Of(state, scene.Snapshot, scene.Events);
            var drawing = new ListDrawing(listing, canvas, 0);
            lines.Add(new Line(canvas));
            lines.Add(drawing.Head(state.Look));
            lines.AddRange(drawing.Page(topic == Topic.Events ? LatestEvents : listing.Rows.Count, -1));
        }

        return new Frame(lines);
    }
}
