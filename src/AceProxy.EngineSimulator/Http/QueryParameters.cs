namespace AceProxy.EngineSimulator.Http;

/// <summary>Decoded parameters of a query; of several equal names the first counts.</summary>
internal sealed class QueryParameters
{
    private readonly Dictionary<string, string> _values = [];

    public QueryParameters(string query)
    {
        foreach (var pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? pair : pair[..equals];
            _values.TryAdd(Decode(name), equals < 0 ? string.Empty : Decode(pair[(equals + 1)..]));
        }
    }

    public string? this[string name] => _values.GetValueOrDefault(name);

    private static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
