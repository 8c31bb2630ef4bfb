namespace AceProxy.Top.Steering;

/// <summary>A list as it is to be shown: filtered and sorted, every column that it could have.</summary>
/// <param name="All">How many there are without the filter.</param>
internal sealed record Listing(IReadOnlyList<Column> Columns, IReadOnlyList<ListingRow> Rows, int All)
{
    /// <summary>The row that is selected: the same as before, or if it has gone the one that is in its place; -1 for none.</summary>
    public int Selected(Look look)
    {
        for (int at = 0; at < Rows.Count; at++)
        {
            if (Rows[at].Id == look.Id)
            {
                return at;
            }
        }

        return Math.Min(look.Place, Rows.Count - 1);
    }
}
