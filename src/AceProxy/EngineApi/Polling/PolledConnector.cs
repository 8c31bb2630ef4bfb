using System.Net;
using System.Net.Sockets;

namespace AceProxy.EngineApi.Polling;

/// <summary>Connects as <see cref="SocketsHttpHandler"/> does by itself, to each of a host's addresses in turn, for a <see cref="PollLoop"/>.</summary>
internal static class PolledConnector
{
    /// <exception cref="SocketException">No address of the host could be connected to; the last one's failure.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> fired.</exception>
    public static async ValueTask<Stream> ConnectAsync(PollLoop loop, DnsEndPoint host, CancellationToken cancellation)
    {
        IPAddress[] addresses = await Dns.GetHostAddressesAsync(host.Host, cancellation); // an address is its own
        SocketException failure = new((int)SocketError.HostNotFound);
        foreach (IPAddress address in addresses)
        {
            try
            {
                return await ConnectAsync(loop, new IPEndPoint(address, host.Port), cancellation);
            }
            catch (SocketException exception)
            {
                failure = exception;
            }
        }

        throw failure;
    }

    private static async Task<PolledStream> ConnectAsync(PollLoop loop, IPEndPoint address, CancellationToken cancellation)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { Blocking = false, NoDelay = true };
        PolledStream? stream = null;
        try
        {
            Begin(socket, address);
            stream = new PolledStream(loop, socket);
            await using CancellationTokenRegistration ending = cancellation.UnsafeRegister(static stream => ((PolledStream)stream!).Dispose(), stream);
            await stream.ConnectedAsync();
            return stream;
        }
        catch (Exception exception)
        {
            stream?.Dispose();
            socket.Dispose();
            cancellation.ThrowIfCancellationRequested();
            if (exception is ObjectDisposedException)
            {
                throw new SocketException((int)SocketError.OperationAborted);
            }

            throw;
        }
    }

    private static void Begin(Socket socket, IPEndPoint address)
    {
        try
        {
            socket.Connect(address);
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
        {
            // It is under way.
        }
    }
}
