namespace AceProxy.Top.Drawing;

/// <summary>What there is to draw on.</summary>
/// <param name="Width">In cells.</param>
/// <param name="Height">In lines.</param>
/// <param name="HasColours">Otherwise bold and reverse are all there is.</param>
/// <param name="HasUnicode">Otherwise ASCII is all there is.</param>
internal sealed record Canvas(int Width, int Height, bool HasColours, bool HasUnicode)
{
    public string Up => HasUnicode ? "▲" : "^";

    public string Down => HasUnicode ? "▼" : "v";

    public string Cut => HasUnicode ? "…" : "~";

    public string Rule => HasUnicode ? "─" : "-";

    public string Marker => HasUnicode ? "▶" : ">";
}
