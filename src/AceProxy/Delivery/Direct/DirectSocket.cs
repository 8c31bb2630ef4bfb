using System.Net.Sockets;
using System.Runtime.InteropServices;
using AceProxy.Buffering;

namespace AceProxy.Delivery.Direct;

/// <summary>Non-blocking sends to a connection's socket, past everything that stands between Kestrel's response writer and the kernel.</summary>
internal static unsafe partial class DirectSocket
{
    /// <summary>The socket would not take any more now (EAGAIN).</summary>
    public const int WouldBlock = -1;

    /// <summary>The connection is gone.</summary>
    public const int Broken = -2;

    // <asm-generic/errno.h>, <asm-generic/fcntl.h>, <linux/socket.h>: the same on x86-64 and arm64.
    private const int TryAgain = 11;             // EAGAIN
    private const int Interrupted = 4;           // EINTR
    private const int NoMemory = 12;             // ENOMEM
    private const int NoBuffers = 105;           // ENOBUFS
    private const int GetFlags = 3;              // F_GETFL
    private const int NonBlocking = 0x800;       // O_NONBLOCK
    private const nuint OutputQueue = 0x5411;    // SIOCOUTQ, <linux/sockios.h>
    private const int DontWaitNoSignal = 0x4040; // MSG_DONTWAIT | MSG_NOSIGNAL

    /// <summary>The runtime puts a socket into non-blocking mode with its first asynchronous operation; sendfile would wait on any other.</summary>
    public static bool IsNonBlocking(SafeSocketHandle socket) =>
        Ask(socket, static descriptor => Control(descriptor, GetFlags)) is > 0 and var flags && (flags & NonBlocking) != 0;

    /// <summary>Bytes in the socket's send queue that the peer has not acknowledged; 0 where that cannot be told.</summary>
    public static long QueuedBytes(Socket socket) => OperatingSystem.IsLinux()
        ? Ask(socket.SafeHandle, static descriptor =>
        {
            int queued = 0;
            return Query(descriptor, OutputQueue, &queued) == 0 ? queued : 0;
        })
        : 0;

    /// <param name="inPlace">Whether to let the kernel refer to the slab's pages instead of copying them.</param>
    /// <returns>The number of bytes taken, <see cref="WouldBlock"/> or <see cref="Broken"/>.</returns>
    public static int Send(int descriptor, Chunk chunk, int offset, bool inPlace)
    {
        SlabMemory place = chunk.Slab.Place;
        int at = chunk.FrameOffset + offset;
        int length = chunk.FramedLength - offset;
        while (true)
        {
            long position = place.Offset + at;
            nint sent = inPlace && place.IsFile
                ? SendFile(descriptor, place.Descriptor, &position, length)
                : Send(descriptor, (void*)(place.Address + at), length, DontWaitNoSignal);
            if (sent >= 0)
            {
                return (int)sent;
            }

            switch (Marshal.GetLastPInvokeError())
            {
                case Interrupted:
                    continue;
                case TryAgain or NoBuffers or NoMemory: // short of memory, the asynchronous way may still get through, or say so
                    return WouldBlock;
                default:
                    return Broken;
            }
        }
    }

    /// <returns>The answer, or 0 when the server has closed the socket.</returns>
    private static int Ask(SafeSocketHandle socket, Func<int, int> question)
    {
        bool isHeld = false;
        try
        {
            socket.DangerousAddRef(ref isHeld);
            return question((int)socket.DangerousGetHandle());
        }
        catch (ObjectDisposedException)
        {
            return 0;
        }
        finally
        {
            if (isHeld)
            {
                socket.DangerousRelease();
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "sendfile64", SetLastError = true)]
    private static partial nint SendFile(int socket, int file, long* offset, nint count);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint Send(int socket, void* bytes, nint count, int flags);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Query(int socket, nuint request, int* result);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(int descriptor, int command);
}
