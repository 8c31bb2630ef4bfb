using System.Globalization;
using System.Text;
using Spectre.Console.Rendering;

namespace AceProxy.Top.Drawing;

/// <summary>
/// Makes what players, engines and workers have told fit for a terminal: nothing that moves the cursor, turns the writing round or is of another
/// width than it is counted; and cuts it to cells.
/// </summary>
internal static class Printable
{
    private const char Substitute = '?';

    public static string Of(string text, Canvas canvas)
    {
        if (text.All(letter => letter is >= ' ' and <= '~'))
        {
            return text;
        }

        var printable = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            printable.Append(canvas.HasUnicode && rune.IsBmp && IsPlain(rune) || rune.Value is >= ' ' and <= '~' ? (char)rune.Value : Substitute);
        }

        return printable.ToString();
    }

    /// <returns>The text in exactly so many cells: filled up with spaces, or cut off with a mark that says so.</returns>
    public static string Fit(string text, int width, Canvas canvas, bool isRight = false)
    {
        string printable = Of(text, canvas);
        int cells = CellsOf(printable);
        if (cells > width)
        {
            var kept = new StringBuilder();
            int used = 0;
            foreach (char letter in printable)
            {
                int more = CellsOf(letter.ToString());
                if (used + more > width - 1)
                {
                    break;
                }

                kept.Append(letter);
                used += more;
            }

            printable = width > 0 ? kept + canvas.Cut : "";
            cells = width > 0 ? used + 1 : 0;
        }

        string filling = new(' ', width - cells);
        return isRight ? filling + printable : printable + filling;
    }

    public static int CellsOf(string text) => text.All(char.IsAscii) ? text.Length : Segment.CellCount([new Segment(text)]);

    /// <summary>Marks that combine with others, and letters of no width, are counted differently by every terminal.</summary>
    private static bool IsPlain(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.SpacingCombiningMark);
}
