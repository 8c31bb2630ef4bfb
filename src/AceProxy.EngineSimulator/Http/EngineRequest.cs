namespace AceProxy.EngineSimulator.Http;

/// <summary>A parsed request head.</summary>
internal sealed record EngineRequest(
    string Method,
    string Target,
    string Version,
    IReadOnlyDictionary<string, string> Headers,
    long ConnectionId,
    bool FirstOnConnection,
    string ClientAddress)
{
    public string Path { get; } = Target.Split('?', 2)[0];

    public QueryParameters Query { get; } = new(Target.Split('?', 2) is [_, var query] ? query : string.Empty);

    public bool AsksToClose =>
        Headers.TryGetValue("Connection", out var value) && value.Contains("close", StringComparison.OrdinalIgnoreCase);
}
