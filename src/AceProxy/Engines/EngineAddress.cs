using System.Globalization;

namespace AceProxy.Engines;

/// <summary>Where an engine's HTTP API is, and whether peers can reach it from outside (a forwarded port), which makes it the better choice.</summary>
internal sealed record EngineAddress(string Host, int Port, bool IsForwarded)
{
    /// <summary>The name in logs and in the API, <c>host:port</c>; unique per engine.</summary>
    public string Id { get; } = Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

    /// <summary>Parses <c>host:port</c> or <c>host:port;forwarded</c>; an IPv6 host stands in brackets. The port defaults to 6878.</summary>
    public static EngineAddress? TryParse(string text, out string? problem)
    {
        string[] parts = text.Split(';', StringSplitOptions.TrimEntries);
        bool forwarded = parts.Length == 2 && parts[1].Equals("forwarded", StringComparison.OrdinalIgnoreCase);
        if (parts.Length > 2 || (parts.Length == 2 && !forwarded))
        {
            problem = $"'{text}': only ';forwarded' may follow host:port";
            return null;
        }

        int colon = parts[0].LastIndexOf(':');
        bool bracketed = parts[0].EndsWith(']');
        string host = (colon < 0 || bracketed ? parts[0] : parts[0][..colon]).TrimStart('[').TrimEnd(']');
        int port = DefaultPort;
        if (colon >= 0 && !bracketed
            && (!int.TryParse(parts[0][(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out port) || port is < 1 or > 65535))
        {
            problem = $"'{text}': the port is not a number from 1 to 65535";
            return null;
        }

        if (Uri.CheckHostName(host) == UriHostNameType.Unknown)
        {
            problem = $"'{text}': '{host}' is not a host name or an address";
            return null;
        }

        problem = null;
        return new EngineAddress(host, port, forwarded);
    }

    /// <summary>The engine's default <c>--http-port</c>.</summary>
    private const int DefaultPort = 6878;
}
