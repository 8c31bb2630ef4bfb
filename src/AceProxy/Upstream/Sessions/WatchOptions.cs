using AceProxy.Settings;

namespace AceProxy.Upstream.Sessions;

/// <summary>How a session is watched by its statistics.</summary>
internal sealed record WatchOptions
{
    /// <summary>Between two questions, give or take a fifth at random.</summary>
    public required TimeSpan Interval { get; init; }

    /// <summary>For one answer.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>Numbers that stand still for so long tell of a dead swarm.</summary>
    public required TimeSpan FrozenPeriod { get; init; }

    public static WatchOptions Read(SettingsReader settings) => new()
    {
        Interval = settings.Seconds("ENGINE_STAT_INTERVAL", 5, 0.1, 600, "between two questions for a session's statistics"),
        Timeout = settings.Seconds("ENGINE_STAT_TIMEOUT", 3, 0.1, 60, "for the engine's answer to one"),
        FrozenPeriod = settings.Seconds("ENGINE_FROZEN_PERIOD", 20, 1, 600, "of statistics that stand still before they count against a session"),
    };
}
