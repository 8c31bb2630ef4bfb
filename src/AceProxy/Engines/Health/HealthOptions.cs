using AceProxy.Settings;

namespace AceProxy.Engines.Health;

/// <summary>How often engines are asked how they are, and what is made of the answers.</summary>
internal sealed record HealthOptions
{
    /// <summary>Between two checks of one engine that is well, varied by a fifth either way. Zero: it is checked when its sessions fail.</summary>
    public required TimeSpan Interval { get; init; }

    /// <summary>The reply to <c>get_status</c>: a hung engine accepts connections and answers nothing.</summary>
    public required TimeSpan StatusTimeout { get; init; }

    /// <summary>The reply to <c>get_network_connection_status</c>.</summary>
    public required TimeSpan NetworkTimeout { get; init; }

    /// <summary>Bad answers in a row before an engine counts as down.</summary>
    public required int Fall { get; init; }

    /// <summary>Good answers in a row before it counts as up again.</summary>
    public required int Rise { get; init; }

    /// <summary>How long an engine is left alone after its circuit opened, the first time; doubled for every relapse.</summary>
    public required TimeSpan Break { get; init; }

    /// <summary>The longest it is left alone, and how long it has to be well for the next break to be a short one again.</summary>
    public required TimeSpan LongestBreak { get; init; }

    /// <summary>Between two questions to an engine whose last answer was bad, or whose sessions fail.</summary>
    public TimeSpan RetryInterval => Interval > TimeSpan.Zero && Interval < OneSecond ? Interval : OneSecond;

    /// <summary>Until an engine that is well is asked again; infinite: nothing is due.</summary>
    public TimeSpan NextInterval() =>
        Interval == TimeSpan.Zero ? Timeout.InfiniteTimeSpan : Interval * (0.8 + (0.4 * Random.Shared.NextDouble()));

    private static TimeSpan OneSecond => TimeSpan.FromSeconds(1);

    public static HealthOptions Read(SettingsReader settings)
    {
        var options = new HealthOptions
        {
            Interval = settings.Seconds(
                "ENGINE_PROBE_INTERVAL", 10, 0, 3600, "between two checks of an engine that is well; 0: only when its sessions fail"),
            StatusTimeout = settings.Seconds("ENGINE_STATUS_TIMEOUT", 3, 0.1, 60, "for the engine's reply when it is asked for its status"),
            NetworkTimeout = settings.Seconds("ENGINE_NETWORK_TIMEOUT", 3, 0.1, 60, "for its reply when it is asked for its network connection"),
            Fall = settings.Integer("ENGINE_PROBE_FALL", 3, 1, 100, "checks", "failed checks in a row before an engine counts as down"),
            Rise = settings.Integer("ENGINE_PROBE_RISE", 2, 1, 100, "checks", "good checks in a row before it counts as up again"),
            Break = settings.Seconds("ENGINE_BREAK", 5, 0.1, 3600, "how long an engine that failed is left alone; doubled with every relapse"),
            LongestBreak = settings.Seconds("ENGINE_BREAK_LONGEST", 120, 0.1, 3600, "the longest it is left alone"),
        };
        if (options.LongestBreak < options.Break)
        {
            settings.Problem("ENGINE_BREAK_LONGEST", "is shorter than ENGINE_BREAK");
        }

        return options;
    }
}
