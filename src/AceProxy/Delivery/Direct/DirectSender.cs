using System.Net.Sockets;
using AceProxy.Buffering;
using AceProxy.LiveStreams;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace AceProxy.Delivery.Direct;

/// <summary>Decides which connections can be sent to directly, and joins their clients to their ring's fan-out.</summary>
/// <remarks>
/// What this relies on in Kestrel, and <c>DirectSendingTests</c> hold against it:
/// a connection hands out its socket (<see cref="IConnectionSocketFeature"/>), which is the response's only if neither TLS nor HTTP/2 lies
/// between; with <c>MaxWriteBufferSize</c> 1 a flush completes only when the socket has taken everything, so that nobody else writes to it
/// until the response is written to again; a response without a length is chunked on HTTP/1.1, whatever is written, so that frames of our
/// own stand among Kestrel's and its last, empty chunk ends them.
/// </remarks>
internal sealed class DirectSender(DeliveryOptions options)
{
    private long _joins;

    /// <summary>The socket to send to past the response writer, or null where that will not do.</summary>
    public Socket? SocketOf(HttpContext context)
    {
        if (!options.DirectSending || !OperatingSystem.IsLinux() || context.Request.Protocol != "HTTP/1.1" || context.Request.IsHttps
            || context.Features.Get<ITlsConnectionFeature>() is not null
            || context.Features.Get<IConnectionSocketFeature>()?.Socket is not { ProtocolType: ProtocolType.Tcp } socket)
        {
            return null;
        }

        return DirectSocket.IsNonBlocking(socket.SafeHandle) ? socket : null;
    }

    /// <summary>How often a client has gone over to being sent to directly.</summary>
    public long Joins => Volatile.Read(ref _joins);

    public DirectClient Join(Client client, Socket socket, ChunkRing ring, long sequence)
    {
        Interlocked.Increment(ref _joins);
        return new DirectClient(client, socket, ring, sequence);
    }
}
