namespace AceProxy.Top.Steering;

/// <summary>What stands in a column.</summary>
/// <param name="Text">As it was told: not fit for a terminal yet.</param>
/// <param name="Order">What it is sorted by; null comes last.</param>
internal readonly record struct Cell(string Text, IComparable? Order, Tone Tone = Tone.Plain)
{
    public static Cell Of(string? text, Tone tone = Tone.Plain) => new(text ?? Figures.Unknown, text, tone);
}
