using System.Runtime.InteropServices;

namespace AceProxy.Buffering;

/// <summary>Where a slab's memory is: in a <see cref="MemoryFile"/>, or the process's own.</summary>
/// <param name="Descriptor">The file, or -1.</param>
/// <param name="Offset">In the file.</param>
internal readonly unsafe record struct SlabMemory(nint Address, int Length, int Descriptor, long Offset)
{
    public bool IsFile => Descriptor >= 0;

    public static SlabMemory Private(int length) =>
        new((nint)NativeMemory.AlignedAlloc((nuint)length, MemoryFile.PageSize), length, -1, 0);

    /// <summary>Of private memory.</summary>
    public void Free() => NativeMemory.AlignedFree((void*)Address);
}
