using AceProxy.Settings;

namespace AceProxy.Engines.Sources;

/// <summary>Who names the engines.</summary>
internal sealed record SourceOptions
{
    /// <summary>Those that are named one by one.</summary>
    public required IReadOnlyList<EngineAddress> Engines { get; init; }

    /// <summary>Names whose every address is an engine.</summary>
    public required IReadOnlyList<EngineAddress> DnsNames { get; init; }

    public required TimeSpan DnsInterval { get; init; }

    /// <summary>Null: there is none.</summary>
    public required Uri? Orchestrator { get; init; }

    /// <summary>Empty: it wants none.</summary>
    public required string OrchestratorApiKey { get; init; }

    public required TimeSpan OrchestratorInterval { get; init; }

    /// <summary>For one answer.</summary>
    public required TimeSpan OrchestratorTimeout { get; init; }

    public static SourceOptions Read(SettingsReader settings)
    {
        int problems = settings.Problems.Count;
        string engines = settings.Text(
            "ENGINES", "", "host:port[;forwarded], comma-separated",
            "the AceStream engines; ';forwarded' marks one that peers can reach; 'none' if they will be registered over the API");
        bool isNone = engines == "none";
        var options = new SourceOptions
        {
            Engines = isNone ? [] : ReadAddresses(settings, "ENGINES", engines),
            DnsNames = ReadNames(settings),
            DnsInterval = settings.Seconds("ENGINES_DNS_INTERVAL", 10, 0.1, 3600, "between two look-ups of those names"),
            Orchestrator = ReadOrchestrator(settings),
            OrchestratorApiKey = ReadApiKey(settings),
            OrchestratorInterval = settings.Seconds("ORCHESTRATOR_INTERVAL", 10, 0.1, 3600, "between two questions to the orchestrator"),
            OrchestratorTimeout = settings.Seconds("ORCHESTRATOR_TIMEOUT", 5, 0.1, 60, "for its reply"),
        };
        if (!isNone && settings.Problems.Count == problems && options is { Engines: [], DnsNames: [], Orchestrator: null })
        {
            settings.Problem("ENGINES", "is not set; name an engine (ENGINES=host:6878), or add the word demo to see it work without one");
        }

        return options;
    }

    private static List<EngineAddress> ReadAddresses(SettingsReader settings, string name, string text)
    {
        var engines = new List<EngineAddress>();
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (EngineAddress.TryParse(part, out string? problem) is not { } engine)
            {
                settings.Problem(name, problem!);
            }
            else if (engines.Any(other => other.Id == engine.Id))
            {
                settings.Problem(name, $"'{engine.Id}' is named twice");
            }
            else
            {
                engines.Add(engine);
            }
        }

        return engines;
    }

    private static List<EngineAddress> ReadNames(SettingsReader settings)
    {
        string text = settings.Text(
            "ENGINES_DNS", "", "name:port[;forwarded], comma-separated", "names whose every address is an engine, such as a scaled service");
        List<EngineAddress> names = ReadAddresses(settings, "ENGINES_DNS", text);
        foreach (EngineAddress name in names.Where(name => Uri.CheckHostName(name.Host) != UriHostNameType.Dns))
        {
            settings.Problem("ENGINES_DNS", $"'{name.Host}' is an address already; name it in ENGINES");
        }

        return names;
    }

    private static Uri? ReadOrchestrator(SettingsReader settings)
    {
        string text = settings.Text("ORCHESTRATOR_URL", "", "URL", "an acestream-orchestrator whose engines are used");
        if (text.Length == 0)
        {
            return null;
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps)
            || uri.UserInfo.Length > 0 || uri.Query.Length > 0 || uri.Fragment.Length > 0)
        {
            settings.Problem("ORCHESTRATOR_URL", $"'{text}' is not an address such as http://orchestrator:8000");
        }

        return uri;
    }

    private static string ReadApiKey(SettingsReader settings)
    {
        string key = settings.Secret("ORCHESTRATOR_API_KEY", "text", "its API key, if it wants one");
        if (key.Any(character => character is < '!' or > '~'))
        {
            settings.Problem("ORCHESTRATOR_API_KEY", "has characters other than printable ASCII"); // without repeating it
        }

        return key;
    }
}
