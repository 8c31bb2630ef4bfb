using System.Globalization;

namespace AceProxy.Engines;

/// <summary>Where an engine's HTTP API is, and whether peers can reach it from outside (a forwarded port), which makes it the better choice.</summary>
internal sealed record EngineAddress(string Host, int Port, bool IsForwarded)
{
    /// <summary>In lower case, whoever has named it and however: one engine has one id, on all workers.</summary>
    public string Host { get; } = Host.ToLowerInvariant();

    /// <summary>The name in logs and in the API, <c>host:port</c>; unique per engine.</summary>
    public string Id => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

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

        // Brackets belong to IPv6 and to nothing else: without them its last group could be taken for a port.
        bool bracketed = parts[0].StartsWith('[');
        int end = bracketed ? parts[0].IndexOf(']', StringComparison.Ordinal) + 1 : parts[0].IndexOf(':', StringComparison.Ordinal);
        (string host, string rest) = end < 0 ? (parts[0], "") : (parts[0][..end], parts[0][end..]);
        host = bracketed && end > 0 ? host[1..^1] : host;
        if (bracketed ? Uri.CheckHostName(host) != UriHostNameType.IPv6 : !IsNameOrIPv4(host))
        {
            problem = $"'{text}': '{host}' is not a host name or an address (IPv6 in brackets)";
            return null;
        }

        int port = DefaultPort;
        if (rest.Length > 0 && (rest[0] != ':'
            || !int.TryParse(rest[1..], NumberStyles.None, CultureInfo.InvariantCulture, out port) || !IsPort(port)))
        {
            problem = $"'{text}': the port is not a number from 1 to 65535";
            return null;
        }

        problem = null;
        return new EngineAddress(host, port, forwarded);
    }

    /// <summary>True for a host as it stands in JSON: a name, or an address without brackets; nothing with a scheme, a port or a path.</summary>
    public static bool IsHost(string host) =>
        !host.StartsWith('[') && Uri.CheckHostName(host) is (UriHostNameType.Dns or UriHostNameType.IPv4 or UriHostNameType.IPv6);

    public static bool IsPort(int port) => port is >= 1 and <= 65535;

    /// <summary>The engine's default <c>--http-port</c>.</summary>
    public const int DefaultPort = 6878;

    private static bool IsNameOrIPv4(string host) => Uri.CheckHostName(host) is UriHostNameType.Dns or UriHostNameType.IPv4;
}
