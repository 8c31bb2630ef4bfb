using AceProxy.Top.Steering;
using Spectre.Console;

namespace AceProxy.Top.Drawing;

/// <summary>The terminal's own sixteen colours, so that they fit whatever its background is.</summary>
internal static class Styles
{
    public static readonly Style Title = new(decoration: Decoration.Bold);
    public static readonly Style Selected = new(decoration: Decoration.Invert);
    public static readonly Style Chosen = new(decoration: Decoration.Bold | Decoration.Invert);
    public static readonly Style Dim = new(decoration: Decoration.Dim);
    public static readonly Style Alarm = new(Color.Red, decoration: Decoration.Bold);
    public static readonly Style Caution = new(Color.Olive, decoration: Decoration.Bold);

    public static Style Of(Tone tone) => tone switch
    {
        Tone.Good => new Style(Color.Green),
        Tone.Warning => new Style(Color.Olive),
        Tone.Bad => Alarm,
        Tone.Dim => Dim,
        _ => Style.Plain,
    };
}
