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

    private static IPAddress? Plain(HttpContext context) =>
        context.Connection.RemoteIpAddress is { IsIPv4MappedToIPv6: true } mapped ? mapped.MapToIPv4() : context.Connection.RemoteIpAddress;
}
