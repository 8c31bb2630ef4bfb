using System.Globalization;
using Spectre.Console;

namespace AceProxy.Top.Drawing;

/// <summary>A frame as text, a line a line.</summary>
internal static class FrameText
{
    /// <summary>With escape sequences for colours and the like.</summary>
    public static string[] Styled(Frame frame, Canvas canvas) =>
        Write(frame, canvas, AnsiSupport.Yes, canvas.HasColours ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors);

    /// <summary>Nothing but the text.</summary>
    public static string[] Plain(Frame frame, Canvas canvas) =>
        [.. Write(frame, canvas, AnsiSupport.No, ColorSystemSupport.NoColors).Select(line => line.TrimEnd())];

    private static string[] Write(Frame frame, Canvas canvas, AnsiSupport ansi, ColorSystemSupport colours)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = ansi,
            ColorSystem = colours,
            Interactive = InteractionSupport.No,
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
            Out = new AnsiConsoleOutput(text),
        });
        console.Profile.Width = canvas.Width;
        console.Profile.Height = Math.Max(1, frame.Height);
        console.Profile.Capabilities.Unicode = canvas.HasUnicode;
        console.Write(frame);
        return text.ToString().ReplaceLineEndings("\n").Split('\n');
    }
}
