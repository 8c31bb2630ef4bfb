namespace AceProxy.Top.Steering;

/// <summary>One row of a list.</summary>
/// <param name="Id">What it is selected by.</param>
/// <param name="Detail">What is told of it when it is selected, in one line; cells may be cut off.</param>
internal sealed record ListingRow(string Id, IReadOnlyList<Cell> Cells, string Detail);
