using System.Runtime.InteropServices;

namespace AceProxy.Buffering;

/// <summary>
/// Memory that is also a file (memfd_create(2), Linux), so that the kernel can send it without copying it first. Grows by segments, which
/// are address space only until they are written to, and gives memory back by punching holes.
/// </summary>
/// <remarks>
/// sendfile(2) puts references to the file's pages into a socket's queue; on loopback they stay referenced until the receiver has read them,
/// acknowledged or not. Such pages must never be written again. <see cref="Discard"/> takes them out of the file: the queue keeps what it
/// has, and whoever writes there next gets new ones. So no byte under way can be overwritten, however late its reader is.
/// </remarks>
internal sealed unsafe partial class MemoryFile
{
    public const int PageSize = 4096;

    private const string HugePagesSetting = "/sys/kernel/mm/transparent_hugepage/shmem_enabled";
    private const int SegmentSize = 64 * 1024 * 1024;
    private const int CloseOnExec = 1;          // MFD_CLOEXEC
    private const int ReadWrite = 1 | 2;        // PROT_READ | PROT_WRITE
    private const int Shared = 1;               // MAP_SHARED
    private const int PunchHole = 1 | 2;        // FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE
    private const int NoHugePages = 15;         // MADV_NOHUGEPAGE
    private static readonly nint Failed = -1;   // MAP_FAILED

    private readonly Lock _gate = new();
    private readonly int _descriptor;
    private nint _segment;
    private long _segmentOffset;
    private int _used = SegmentSize;

    private MemoryFile(int descriptor) => _descriptor = descriptor;

    /// <summary>Null where the system has no such thing, or will not give it.</summary>
    public static MemoryFile? TryCreate()
    {
        if (!OperatingSystem.IsLinux() || Environment.SystemPageSize != PageSize || HugePagesAreForced())
        {
            return null;
        }

        int descriptor = Create("aceproxy-ring", CloseOnExec);
        return descriptor < 0 ? null : new MemoryFile(descriptor);
    }

    /// <summary>Takes room that was never used before; null when the system gives no more.</summary>
    public SlabMemory? TryAllocate(int size)
    {
        int room = (size + PageSize - 1) & -PageSize;
        lock (_gate)
        {
            if (room > SegmentSize || (_used + room > SegmentSize && !TryAddSegment()))
            {
                return null;
            }

            var memory = new SlabMemory(_segment + _used, size, _descriptor, _segmentOffset + _used);
            _used += room;
            return memory;
        }
    }

    /// <summary>
    /// Writes to memory that has no pages yet, which is cheaper by a call than through its address: that takes a fault for each page, and
    /// clears it first.
    /// </summary>
    /// <returns>Whether it could.</returns>
    public static bool TryWrite(in SlabMemory memory, int at, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* first = bytes)
        {
            return Write(memory.Descriptor, first, bytes.Length, memory.Offset + at) == bytes.Length;
        }
    }

    /// <summary>Gives the memory back to the system; the room stays taken and reads as zeros until it is written again.</summary>
    public static void Discard(in SlabMemory memory)
    {
        long room = (memory.Length + PageSize - 1) & -PageSize;
        if (Allocate(memory.Descriptor, PunchHole, memory.Offset, room) != 0)
        {
            // Without it pages under way might be written to: nothing may go on as if it had worked.
            Environment.FailFast($"fallocate: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    /// <summary>
    /// A hole in a part of a huge page zeroes that part where it lies, under the eyes of whoever refers to it: only whole pages can be taken
    /// out of a file. The system may be set to use huge pages whatever a program says (Documentation/admin-guide/mm/transhuge.rst).
    /// </summary>
    private static bool HugePagesAreForced()
    {
        try
        {
            return File.ReadAllText(HugePagesSetting).Contains("[force]", StringComparison.Ordinal);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false; // a system without them
        }
    }

    private bool TryAddSegment()
    {
        long offset = _segmentOffset + (_segment == 0 ? 0 : SegmentSize);
        if (Truncate(_descriptor, offset + SegmentSize) != 0)
        {
            return false;
        }

        nint address = Map(0, SegmentSize, ReadWrite, Shared, _descriptor, offset);
        if (address == Failed || (Advise(address, SegmentSize, NoHugePages) != 0 && File.Exists(HugePagesSetting)))
        {
            return false;
        }

        (_segment, _segmentOffset, _used) = (address, offset, 0);
        return true;
    }

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Create(string name, uint flags);

    [LibraryImport("libc", EntryPoint = "ftruncate64", SetLastError = true)]
    private static partial int Truncate(int descriptor, long length);

    [LibraryImport("libc", EntryPoint = "mmap64", SetLastError = true)]
    private static partial nint Map(nint address, nint length, int protection, int flags, int descriptor, long offset);

    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    private static partial int Advise(nint address, nint length, int advice);

    [LibraryImport("libc", EntryPoint = "pwrite64")]
    private static partial nint Write(int descriptor, byte* bytes, nint length, long offset);

    [LibraryImport("libc", EntryPoint = "fallocate64", SetLastError = true)]
    private static partial int Allocate(int descriptor, int mode, long offset, long length);
}
