namespace AceProxy.Top.Steering;

/// <summary>One column of a list.</summary>
/// <param name="Title">Its head.</param>
/// <param name="Width">The narrowest it can be, in cells.</param>
/// <param name="Widest">What it grows to where there is room.</param>
/// <param name="Rank">Columns of a high rank are the first to be left out.</param>
/// <param name="IsRight">Whether it is set to the right, as figures are.</param>
internal sealed record Column(string Title, int Width, int Widest, int Rank = 0, bool IsRight = false)
{
    public static Column Figure(string title, int width, int rank = 0) => new(title, width, width, rank, true);
}
