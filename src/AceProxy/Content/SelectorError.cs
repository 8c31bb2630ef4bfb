namespace AceProxy.Content;

/// <summary>Why a request names no content: the query parameter at fault and what is wrong with it.</summary>
internal sealed record SelectorError(string Parameter, string Problem);
