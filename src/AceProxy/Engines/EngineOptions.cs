using AceProxy.Engines.Selection;
using AceProxy.Settings;

namespace AceProxy.Engines;

/// <summary>How engines are chosen, and how much of each is used.</summary>
internal sealed record EngineOptions
{
    /// <summary>Which engine is next.</summary>
    public required ISelectionPolicy Selection { get; init; }

    /// <summary>Sessions at once on one engine.</summary>
    public required int MaxStreams { get; init; }

    /// <summary>How long a stream waits for a slot when all are taken.</summary>
    public required TimeSpan WaitTimeout { get; init; }

    public static EngineOptions Read(SettingsReader settings)
    {
        ISelectionPolicy[] policies = [new ForwardedFirst(), new Balanced()];
        string names = string.Join(" or ", policies.Select(policy => policy.Name));
        string name = settings.Text("ENGINE_SELECTION", policies[0].Name, names, "which of the engines that have a free slot is taken");
        ISelectionPolicy? selection = Array.Find(policies, policy => policy.Name == name);
        if (selection is null)
        {
            settings.Problem("ENGINE_SELECTION", $"'{name}' is not {names}");
        }

        return new EngineOptions
        {
            Selection = selection ?? policies[0],
            MaxStreams = settings.Integer("ENGINE_MAX_STREAMS", 3, 1, 1000, "sessions", "sessions at once on one engine"),
            WaitTimeout = settings.Seconds("ENGINE_WAIT_TIMEOUT", 10, 0, 600, "how long a stream waits for an engine when all are taken"),
        };
    }
}
