using AceProxy.Telemetry;
using Spectre.Console;

namespace AceProxy.Top.Drawing;

/// <summary>What stands above every list: of what, how much in all, and what is wrong.</summary>
internal static class Banner
{
    private const int MostLines = 4;

    public static IEnumerable<Line> Of(Scene scene, Canvas canvas)
    {
        yield return new Line(canvas).Add("AceProxy", Styles.Title).Add($"  {scene.Url.AbsoluteUri.TrimEnd('/')}")
            .AddLast(scene.Now.ToString("HH:mm:ss", null));
        if (scene.Snapshot is { } snapshot)
        {
            int well = snapshot.Engines.Count(engine => engine.State is "healthy" or "degraded");
            int answering = snapshot.Workers.Count(worker => worker.State != "silent");
            Line line = new(canvas);
            Figure(line, "Streams", $"{snapshot.Streams.Count}");
            Figure(line, "Clients", $"{snapshot.Clients.Count}");
            Figure(line, "Engines up", $"{well}/{snapshot.Engines.Count}", well < snapshot.Engines.Count ? Styles.Caution : null);
            Figure(line, "Workers", $"{answering}/{snapshot.Workers.Count}", answering < snapshot.Workers.Count ? Styles.Alarm : null);
            Figure(line, "In", Figures.Rate(snapshot.In));
            Figure(line, "Out", $"{Figures.Rate(snapshot.Out)} Mbit/s");
            yield return line;
        }

        foreach ((string text, Style style) in Sayings(scene))
        {
            foreach (string part in Wrap(Printable.Of(text, canvas), canvas.Width).Take(MostLines))
            {
                yield return new Line(canvas).Add(part, style);
            }
        }
    }

    private static void Figure(Line line, string name, string value, Style? style = null) =>
        line.Add($"{name} ").Add(value, style ?? Styles.Title).Add("  ");

    private static IEnumerable<(string Text, Style Style)> Sayings(Scene scene)
    {
        if (scene.Trouble is { } trouble)
        {
            string since = Figures.Duration(scene.TroubleFor);
            string stale = scene.Snapshot is null ? "" : " What is shown is from before.";
            yield return (trouble.IsRefusal
                ? $"REFUSED for {since}: {trouble.Text}.{stale}"
                : $"UNREACHABLE for {since}, trying on: {trouble.Text}.{stale}", Styles.Alarm);
        }
        else if (scene.Snapshot is { } snapshot)
        {
            if (snapshot.Unanswered.Count > 0)
            {
                yield return ($"NOT ALL: no answer from {Words.Tame(string.Join(", ", snapshot.Unanswered))}", Styles.Alarm);
            }

            if (snapshot.Note is { } note)
            {
                yield return ($"NOT ALL: {Words.Tame(note)}", Styles.Alarm);
            }

            if (snapshot.Problem is { } problem)
            {
                yield return ($"ENGINES: {Words.Tame(problem)}", Styles.Caution);
            }
        }
        else
        {
            yield return ("asking…", Styles.Dim);
        }
    }

    /// <summary>At spaces where there are any.</summary>
    private static IEnumerable<string> Wrap(string text, int width)
    {
        while (Printable.CellsOf(text) > width)
        {
            int space = text.LastIndexOf(' ', Math.Min(width, text.Length - 1));
            int at = space > 0 ? space : width;
            yield return text[..at];
            text = text[at..].TrimStart();
        }

        yield return text;
    }
}
