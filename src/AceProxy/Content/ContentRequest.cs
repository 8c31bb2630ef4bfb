namespace AceProxy.Content;

/// <summary>A content to play: the key it is shared by, and the selectors to open it with, tried in order.</summary>
internal sealed record ContentRequest(ContentKey Key, IReadOnlyList<ContentSelector> Selectors);
