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
    public static Role Read(SettingsReader settings)
    {
        string role = settings.Text("ROLE", "worker", "worker or gateway", "whether to serve streams, or to spread players over workers that do");
        if (role is not ("worker" or "gateway"))
        {
            settings.Problem("ROLE", $"'{role}' is neither 'worker' nor 'gateway'");
        }

        return role == "gateway" ? Role.Gateway : Role.Worker;
    }
}
