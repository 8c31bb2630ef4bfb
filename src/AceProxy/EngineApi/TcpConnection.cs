using System.Net;
using System.Net.Sockets;

namespace AceProxy.EngineApi;

/// <summary>A connection as <see cref="SocketsHttpHandler"/> makes it where it is given no callback of its own.</summary>
internal static class TcpConnection
{
    /// <param name="prepare">Before it is connected.</param>
    public static async ValueTask<Stream> OpenAsync(DnsEndPoint host, Action<Socket>? prepare, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            prepare?.Invoke(socket);
            await socket.ConnectAsync(host, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
