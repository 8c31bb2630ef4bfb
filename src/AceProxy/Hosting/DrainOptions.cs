using AceProxy.Settings;

namespace AceProxy.Hosting;

/// <summary>How the worker ends.</summary>
/// <param name="Time">From the signal to the end; players here play on meanwhile, and load balancers can see that it drains.</param>
internal sealed record DrainOptions(TimeSpan Time)
{
    public static DrainOptions Read(SettingsReader settings) => new(settings.Seconds(
        "SHUTDOWN_DRAIN", 0, 0, 3600, "from SIGTERM to the end: load balancers see the worker drain, and other workers take its streams over"));
}
