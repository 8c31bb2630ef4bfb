using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Spectre.Console.Rendering;

namespace AceProxy.Tests.Top;

/// <summary>
/// A terminal as far as the program needs one: what stands where. It fails at every control character and sequence that the program has no reason to
/// send, and at text that runs over the right edge.
/// </summary>
internal sealed partial class TerminalScreen(int width, int height)
{
    private StringBuilder[] _lines = Empty(height);
    private int _width = width;
    private string _rest = "";
    private int _row;

    public bool IsAlternate { get; private set; }

    public bool HasCursor { get; private set; } = true;

    public bool HasColours { get; private set; }

    /// <summary>Whether cursor keys are told as applications want them, and not as a shell does.</summary>
    public bool HasApplicationKeys { get; private set; }

    public IReadOnlyList<string> Lines => [.. _lines.Select(line => line.ToString())];

    /// <summary>What was written outside the alternate screen.</summary>
    public StringBuilder Before { get; } = new();

    public IEnumerable<int> Widths => Lines.Select(line => Segment.CellCount([new Segment(line)]));

    /// <param name="text">May end in the midst of a sequence; the rest is to follow.</param>
    /// <param name="wraps">Text is not placed, only looked at.</param>
    public void Write(string text, bool wraps = false)
    {
        text = _rest + text;
        int at = 0;
        while (at < text.Length)
        {
            if (text[at] != '\e')
            {
                Put(text[at++], wraps);
                continue;
            }

            Match sequence = Known().Match(text, at);
            if (!sequence.Success || sequence.Index != at)
            {
                Assert.True(text.Length - at < 12, $"unknown sequence: {text[at..Math.Min(text.Length, at + 12)].Replace('\e', '^')}");
                break;
            }

            Obey(sequence.Value);
            at += sequence.Length;
        }

        _rest = text[at..];
    }

    /// <summary>What it shows is forgotten, and what state it is in is not.</summary>
    public void Resize(int toWidth, int toHeight) => (_width, _lines) = (toWidth, Empty(toHeight));

    private static StringBuilder[] Empty(int lines) => [.. Enumerable.Range(0, lines).Select(_ => new StringBuilder())];

    private void Put(char letter, bool wraps)
    {
        if (!IsAlternate && letter is '\r' or '\n')
        {
            Before.Append(letter);
            return;
        }

        Assert.False(char.IsControl(letter), $"control character {(int)letter:x2}");
        Assert.False(char.GetUnicodeCategory(letter) is UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.NonSpacingMark);
        if (wraps)
        {
            return;
        }

        _lines[_row].Append(letter);
        Assert.True(Segment.CellCount([new Segment(_lines[_row].ToString())]) <= _width, $"line {_row} is too long: {_lines[_row]}");
    }

    private void Obey(string sequence)
    {
        switch (sequence)
        {
            case "\e[?1049h" or "\e[?1049l":
                IsAlternate = sequence[^1] == 'h';
                break;
            case "\e[?25h" or "\e[?25l":
                HasCursor = sequence[^1] == 'h';
                break;
            case "\e[?1h" or "\e[?1l":
                HasApplicationKeys = sequence[^1] == 'h';
                break;
            case "\e[2J":
                Array.ForEach(_lines, line => line.Clear());
                break;
            case [.., 'H']:
                _row = int.Parse(sequence[2..].Split(';')[0], CultureInfo.InvariantCulture) - 1;
                _lines[_row].Clear(); // the program writes whole lines
                break;
            case [.., 'm']:
                // 30 to 37 and 40 to 47, 90 and so on, and 38 and 48
                HasColours |= sequence[2..^1].Split(';').Any(code => int.TryParse(code, out int number) && number >= 30);
                break;
        }
    }

    [GeneratedRegex(@"\e(\[\?(1049|25|2026|1)[hl]|\[2J|\[\d+;1H|\[[0-9;]*m|[=>])")]
    private static partial Regex Known();
}
