using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace AceProxy.EngineApi.Polling;

/// <summary>
/// A thread a core that waits for engines' data and carries it, in the same breath, to the last viewer's socket (epoll(7), Linux). The
/// runtime's own loop would hand each burst over to a thread of the pool: another wake-up, and another core, for each.
/// </summary>
/// <remarks>
/// All threads wait on one epoll instance, and a socket is reported to one of them, once for each time it was waited for: while a burst with
/// many viewers is passed on, the other threads take the other streams. The sockets must not be known to the runtime's loop, which would be
/// woken too: they are non-blocking, and used with the synchronous calls alone.
/// </remarks>
internal sealed unsafe partial class PollLoop
{
    private const int CloseOnExec = 0x80000;        // EPOLL_CLOEXEC
    private const int Add = 1;                      // EPOLL_CTL_ADD
    private const int Modify = 3;                   // EPOLL_CTL_MOD
    private const int Delete = 2;                   // EPOLL_CTL_DEL
    private const int Interrupted = 4;              // EINTR
    private const uint OneShot = 1u << 30;          // EPOLLONESHOT

    /// <summary>On x86-64 the kernel's epoll_event is packed; elsewhere its 64-bit data is aligned.</summary>
    private static readonly int EventSize = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;

    private static readonly int DataOffset = EventSize - sizeof(long);

    private readonly ConcurrentDictionary<long, IPolledSocket> _sockets = [];
    private readonly int _descriptor;
    private long _lastId;

    private PollLoop(int descriptor) => _descriptor = descriptor;

    /// <summary>Of the process, since its threads are; null where the system has no such thing. Begins at the first use, and lives as long as the process.</summary>
    public static PollLoop? Shared => Instance.Value;

    private static Lazy<PollLoop?> Instance { get; } = new(TryStart);

    /// <summary>Makes a non-blocking socket known. It is not waited for yet.</summary>
    /// <returns>Its number, for the other calls.</returns>
    public long Register(Socket socket, IPolledSocket owner)
    {
        long id = Interlocked.Increment(ref _lastId);
        _sockets[id] = owner;
        if (!TryChange(Add, socket, id, OneShot))
        {
            _sockets.TryRemove(id, out _);
            throw Failed();
        }

        return id;
    }

    /// <summary>Waits for it, once. It may be ready before this returns.</summary>
    public void Await(Socket socket, long id, Readiness readiness)
    {
        if (!TryChange(Modify, socket, id, (uint)readiness | OneShot))
        {
            throw Failed();
        }
    }

    /// <summary>Before the socket is closed.</summary>
    public void Forget(Socket socket, long id)
    {
        if (_sockets.TryRemove(id, out _))
        {
            TryChange(Delete, socket, id, 0);
        }
    }

    private static PollLoop? TryStart()
    {
        if (!OperatingSystem.IsLinux() || Create(CloseOnExec) is not (>= 0 and var descriptor))
        {
            return null;
        }

        var loop = new PollLoop(descriptor);
        for (int i = 0; i < Environment.ProcessorCount; i++)
        {
            new Thread(loop.Run) { IsBackground = true, Name = "engine data" }.Start();
        }

        return loop;
    }

    private void Run()
    {
        byte* happened = stackalloc byte[EventSize];
        while (true)
        {
            int count = Wait(_descriptor, happened, 1, -1); // one: what else is ready is for the other threads
            if (count < 0 && Marshal.GetLastPInvokeError() != Interrupted)
            {
                Environment.FailFast($"epoll_wait: {Marshal.GetLastPInvokeErrorMessage()}");
            }

            if (count > 0 && _sockets.TryGetValue(Unsafe.ReadUnaligned<long>(happened + DataOffset), out IPolledSocket? socket))
            {
                socket.Ready();
            }
        }
    }

    private bool TryChange(int operation, Socket socket, long id, uint events)
    {
        byte* wanted = stackalloc byte[EventSize];
        *(uint*)wanted = events;
        Unsafe.WriteUnaligned(wanted + DataOffset, id);
        bool isHeld = false;
        try
        {
            socket.SafeHandle.DangerousAddRef(ref isHeld);
            return Control(_descriptor, operation, (int)socket.SafeHandle.DangerousGetHandle(), wanted) == 0;
        }
        finally
        {
            if (isHeld)
            {
                socket.SafeHandle.DangerousRelease();
            }
        }
    }

    private static IOException Failed() => new($"epoll_ctl: {Marshal.GetLastPInvokeErrorMessage()}");

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int Create(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int Control(int loop, int operation, int socket, byte* wanted);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static partial int Wait(int loop, byte* happened, int most, int timeout);
}
