using System.Net;
using System.Net.Sockets;

namespace AceProxy.Access;

/// <summary>Who a request is from, once TRUSTED_PROXIES has been applied.</summary>
internal static class ClientAddress
{
    /// <summary>As text; an IPv4 address that came over an IPv6 socket is an IPv4 address. Empty for a Unix socket.</summary>
    public static string TextOf(HttpContext context) => Plain(context)?.ToString() ?? "";

    /// <summary>Whom limits count as one: an IPv4 address, or an IPv6 network of 64 bits, because one subscriber has 2^64 addresses.</summary>
    public static string GroupOf(HttpContext context)
    {
        if (Plain(context) is not { } address)
        {
            return "";
        }

        return address.AddressFamily == AddressFamily.InterNetworkV6
            ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8))
            : address.ToString();
    }

    /// <summary>An IPv4 address in the clothes of an IPv6 one is an IPv4 address.</summary>
    public static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static IPAddress? Plain(HttpContext context) => context.Connection.RemoteIpAddress is { } address ? Plain(address) : null;
}
