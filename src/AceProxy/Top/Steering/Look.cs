namespace AceProxy.Top.Steering;

/// <summary>How a list is looked at; each topic has its own.</summary>
/// <param name="SortedBy">A column's number.</param>
/// <param name="IsDescending">The greatest first.</param>
/// <param name="Filter">Rows without this text are left out.</param>
/// <param name="Id">The selected row's.</param>
/// <param name="Place">Where that was, for when it has gone.</param>
internal sealed record Look(int SortedBy, bool IsDescending, string Filter = "", string Id = "", int Place = 0);
