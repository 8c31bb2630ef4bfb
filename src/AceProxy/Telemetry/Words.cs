namespace AceProxy.Telemetry;

/// <summary>Makes what others sent fit to stand in a log line or a reply: one line, bounded, no control characters.</summary>
internal static class Words
{
    private const int Longest = 200;

    public static string Tame(string words)
    {
        string line = string.Create(Math.Min(words.Length, Longest), words, static (span, text) =>
        {
            for (int at = 0; at < span.Length; at++)
            {
                span[at] = char.IsControl(text[at]) ? ' ' : text[at];
            }
        });
        return words.Length > Longest ? line + "…" : line;
    }
}
