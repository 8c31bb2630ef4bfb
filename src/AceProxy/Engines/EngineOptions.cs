using AceProxy.Settings;

namespace AceProxy.Engines;

/// <summary>The engines this worker may use, and how much of them.</summary>
internal sealed record EngineOptions
{
    /// <summary>Those that are named one by one.</summary>
    public required IReadOnlyList<EngineAddress> Engines { get; init; }

    /// <summary>Sessions at once on one engine.</summary>
    public required int MaxStreams { get; init; }

    /// <summary>How long a stream waits for a slot when all are taken.</summary>
    public required TimeSpan WaitTimeout { get; init; }

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

        return new EngineOptions
        {
            Engines = engines,
            MaxStreams = settings.Integer("ENGINE_MAX_STREAMS", 3, 1, 1000, "sessions", "sessions at once on one engine"),
            WaitTimeout = settings.Seconds("ENGINE_WAIT_TIMEOUT", 10, 0, 600, "how long a stream waits for an engine when all are taken"),
        };
    }
}
