using System.Buffers;

namespace AceProxy.Buffering;

/// <summary>A block of memory, outside the collector's heap, that several chunks lie in, with a count of who still needs it.</summary>
internal sealed unsafe class Slab(SlabPool pool, SlabMemory memory) : MemoryManager<byte>
{
    private int _references;

    public SlabMemory Place { get; } = memory;

    public int Length => Place.Length;

    /// <summary>The kernel may still hold references to its pages: its memory must be discarded before it is written again.</summary>
    public bool IsSentInPlace { get; set; }

    /// <summary>Its memory has no pages behind it yet.</summary>
    public bool IsEmpty { get; set; } = memory.IsFile;

    /// <summary>For the pool, which hands it out with one reference.</summary>
    public void Rent() => Volatile.Write(ref _references, 1);

    /// <summary>For whoever fills it.</summary>
    public void Write(int at, ReadOnlySpan<byte> bytes)
    {
        if (!IsEmpty || !MemoryFile.TryWrite(Place, at, bytes))
        {
            bytes.CopyTo(GetSpan()[at..]);
        }
    }

    /// <summary>For one who holds a reference already and passes a further one on.</summary>
    public void AddReference() => Interlocked.Increment(ref _references);

    /// <summary>False when nobody holds it any more: then its memory may be somebody else's in a moment.</summary>
    public bool TryAddReference()
    {
        int seen = Volatile.Read(ref _references);
        while (seen > 0)
        {
            int before = Interlocked.CompareExchange(ref _references, seen + 1, seen);
            if (before == seen)
            {
                return true;
            }

            seen = before;
        }

        return false;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            pool.Return(this);
        }
    }

    public override Span<byte> GetSpan() => new((void*)Place.Address, Place.Length);

    public override MemoryHandle Pin(int elementIndex = 0) => new((void*)(Place.Address + elementIndex));

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
    }
}
