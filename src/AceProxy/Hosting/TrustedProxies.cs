using System.Net;
using AceProxy.Settings;
using Microsoft.AspNetCore.HttpOverrides;
using IPNetwork = System.Net.IPNetwork;

namespace AceProxy.Hosting;

/// <summary>Whose word is taken on who a player is: behind a gateway or another proxy every connection comes from there.</summary>
internal sealed record TrustedProxies(IReadOnlyList<IPNetwork> Networks)
{
    public static TrustedProxies Read(SettingsReader settings)
    {
        string text = settings.Text(
            "TRUSTED_PROXIES", "", "addresses or networks, comma-separated", "whose X-Forwarded-For is believed; for a worker, its gateways");
        List<IPNetwork> networks = [];
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (IPAddress.TryParse(part, out IPAddress? address))
            {
                networks.Add(new IPNetwork(address, address.GetAddressBytes().Length * 8));
            }
            else if (IPNetwork.TryParse(part, out IPNetwork network))
            {
                networks.Add(network);
            }
            else
            {
                settings.Problem("TRUSTED_PROXIES", $"'{part}' is neither an address nor a network such as 10.0.0.0/8");
            }
        }

        return new TrustedProxies(networks);
    }

    /// <summary>The address only: neither host nor scheme matters here.</summary>
    public void Use(IApplicationBuilder app)
    {
        if (Networks.Count == 0)
        {
            return;
        }

        var options = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor, ForwardLimit = null };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (IPNetwork network in Networks)
        {
            options.KnownIPNetworks.Add(network);
        }

        app.UseForwardedHeaders(options);
    }
}
