using AceProxy.Settings;

namespace AceProxy.Engines;

/// <summary>The engines this worker may use.</summary>
internal sealed record EngineOptions(IReadOnlyList<EngineAddress> Engines)
{
    public static EngineOptions Read(SettingsReader settings)
    {
        string text = settings.Text(
            "ENGINES", "", "host:port[;forwarded], comma-separated", "the AceStream engines; ';forwarded' marks one that peers can reach");
        var engines = new List<EngineAddress>();
        string[] parts = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        foreach (string part in parts)
        {
            if (EngineAddress.TryParse(part, out string? problem) is not { } engine)
            {
                settings.Problem("ENGINES", problem!);
            }
            else if (engines.Any(other => other.Id.Equals(engine.Id, StringComparison.OrdinalIgnoreCase)))
            {
                settings.Problem("ENGINES", $"'{engine.Id}' is named twice");
            }
            else
            {
                engines.Add(engine);
            }
        }

        if (parts.Length == 0)
        {
            settings.Problem("ENGINES", "is not set; name an engine (ENGINES=host:6878), or add the word demo to see it work without one");
        }

        return new EngineOptions(engines);
    }
}
