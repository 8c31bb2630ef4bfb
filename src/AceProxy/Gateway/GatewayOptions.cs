using AceProxy.Settings;

namespace AceProxy.Gateway;

/// <summary>How the gateway spreads players over workers.</summary>
internal sealed record GatewayOptions(GatewayMode Mode, LoadBound Bound)
{
    public static GatewayOptions Read(SettingsReader settings)
    {
        string mode = settings.Choice(
            "GATEWAY_MODE", "proxy", "redirect", "whether the gateway passes streams on or sends players to the worker's own address");
        int most = settings.Integer(
            "GATEWAY_MAX_LOAD", 0, 0, 1_000_000, "clients",
            "a worker with so many is passed over for the next by hash; 0: 1.25 times the average, and at least 50");
        return new GatewayOptions(mode == "redirect" ? GatewayMode.Redirect : GatewayMode.Proxy, new LoadBound(most));
    }
}
