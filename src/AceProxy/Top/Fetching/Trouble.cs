namespace AceProxy.Top.Fetching;

/// <summary>Why nothing was learned, in words for the operator.</summary>
/// <param name="IsRefusal">Somebody answers, and does not let us in.</param>
internal sealed record Trouble(bool IsRefusal, string Text);
