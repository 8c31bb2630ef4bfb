using AceProxy.Settings;

namespace AceProxy.Hosting;

/// <summary>What the process is.</summary>
internal enum Role
{
    /// <summary>Reads engines and serves players.</summary>
    Worker,

    /// <summary>Stands in front of workers.</summary>
    Gateway,
}

internal static class Roles
{
    public static Role Read(SettingsReader settings) =>
        settings.Choice("ROLE", "worker", "gateway", "whether to serve streams, or to spread players over workers that do") == "gateway"
            ? Role.Gateway : Role.Worker;
}
