using System.Globalization;
using System.Text.Json;
using AceProxy.EngineApi;
using AceProxy.Telemetry;

namespace AceProxy.Engines.Sources;

/// <summary>
/// Reads an orchestrator's list of engines for what concerns us: <c>host</c>, <c>port</c>, <c>forwarded</c>, <c>health_status</c> and
/// <c>draining</c>. Everything else may be there or not; an entry that cannot be used is left out and named.
/// </summary>
internal static class OrchestratorReply
{
    /// <summary>Problems that are spelled out; the rest is counted.</summary>
    private const int MostNamed = 3;

    /// <returns>Null where there is no list.</returns>
    public static SourceAnswer? Read(JsonElement root)
    {
        if (List(root) is not { } list)
        {
            return null;
        }

        var engines = new Dictionary<string, ListedEngine>(StringComparer.Ordinal);
        var problems = new List<string>();
        int number = 0;
        foreach (JsonElement entry in list.EnumerateArray())
        {
            number++;
            if (ReadEngine(entry, out string problem) is not { } engine)
            {
                problems.Add($"entry {number} is left out: {problem}");
            }
            else if (!engines.TryAdd(engine.Address.Id, engine))
            {
                problems.Add($"entry {number} is left out: '{engine.Address.Id}' is named twice");
            }
        }

        return new SourceAnswer([.. engines.Values], problems.Count == 0 ? null : Sum(problems));
    }

    private static JsonElement? List(JsonElement root)
    {
        if (root.ValueKind == JsonValueKind.Array)
        {
            return root;
        }

        foreach (string name in (string[])["engines", "items"])
        {
            if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty(name, out JsonElement list) && list.ValueKind == JsonValueKind.Array)
            {
                return list;
            }
        }

        return null;
    }

    private static ListedEngine? ReadEngine(JsonElement entry, out string problem)
    {
        string host = EngineJson.Text(entry, "host") ?? "";
        string port = EngineJson.Text(entry, "port") ?? "";
        if (!EngineAddress.IsHost(host))
        {
            problem = $"host '{Words.Tame(host)}' is not a host name or an address";
            return null;
        }

        if (!int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || !EngineAddress.IsPort(number))
        {
            problem = $"port '{Words.Tame(port)}' of {host} is not a number from 1 to 65535";
            return null;
        }

        problem = "";
        bool isUnhealthy = "unhealthy".Equals(EngineJson.Text(entry, "health_status"), StringComparison.OrdinalIgnoreCase);
        string why = EngineJson.Text(entry, "drain_reason") is { Length: > 0 } reason ? $": {Words.Tame(reason)}" : "";
        return new ListedEngine(
            new EngineAddress(host, number, IsTrue(entry, "forwarded")),
            isUnhealthy ? "the orchestrator calls it unhealthy" : null,
            IsTrue(entry, "draining") ? $"the orchestrator drains it{why}" : null);
    }

    private static bool IsTrue(JsonElement entry, string name) =>
        entry.TryGetProperty(name, out JsonElement value)
        && (value.ValueKind == JsonValueKind.True || EngineJson.Text(entry, name) is "1" or "true" or "True");

    private static string Sum(List<string> problems) => string.Join("; ", problems.Take(MostNamed))
        + (problems.Count > MostNamed ? $"; and {problems.Count - MostNamed} more" : "");
}
