using System.Net;
using System.Net.Sockets;

namespace AceProxy.Tests.Functional;

/// <summary>
/// Ports for processes that cannot be told to take a free one. From below the range that the system gives to connections, and none twice:
/// between looking and listening nobody else can get it.
/// </summary>
internal static class LoopbackPorts
{
    private const int First = 12_000;
    private const int Count = 18_000;

    /// <summary>Where two test processes at once begin is not the same.</summary>
    private static int _next = Environment.ProcessId * 37 % Count;

    public static int[] Take(int count) => [.. Enumerable.Range(0, count).Select(_ => TakeOne())];

    public static int TakeOne()
    {
        for (int attempt = 0; attempt < Count; attempt++)
        {
            int port = First + (int)((uint)Interlocked.Increment(ref _next) % Count);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // In use.
            }
        }

        throw new InvalidOperationException("no port is free");
    }
}
