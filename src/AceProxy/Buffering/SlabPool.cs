using System.Collections.Concurrent;

namespace AceProxy.Buffering;

/// <summary>Slabs for all streams of a worker. Keeps a bounded number with their memory for reuse; the rest is given back to the system.</summary>
internal sealed class SlabPool
{
    /// <summary>A quarter of a second of an 8 Mbit/s stream: small enough that a half-empty one costs little, large enough to be rare.</summary>
    public const int DefaultSlabSize = 256 * 1024;

    /// <summary>16 MiB of idle slabs at most.</summary>
    private const int MostIdle = 64;

    private readonly MemoryFile? _file = MemoryFile.TryCreate();
    private readonly ConcurrentQueue<Slab> _idle = [];

    // Room in the file without memory behind it: it costs nothing, and there is no giving it back.
    private readonly ConcurrentQueue<Slab> _empty = [];
    private int _rented;

    public int SlabSize { get; init; } = DefaultSlabSize;

    /// <summary>Bytes of rented slabs from which on rings make room before they take more; a little more is rented for what begins.</summary>
    public long Limit { get; init; } = long.MaxValue;

    public bool IsFull => (long)Rented * SlabSize >= Limit;

    /// <summary>Raised, by whoever rents, with each that reaches the limit: who holds memory without need should give it up.</summary>
    public event Action? Pressed;

    /// <summary>Slabs that somebody holds now; 0 when all streams have ended and all clients have gone.</summary>
    public int Rented => Volatile.Read(ref _rented);

    public Slab Rent()
    {
        if (!_idle.TryDequeue(out Slab? slab) && !_empty.TryDequeue(out slab))
        {
            slab = new Slab(this, _file?.TryAllocate(SlabSize) ?? SlabMemory.Private(SlabSize));
        }

        slab.Rent();
        if ((long)Interlocked.Increment(ref _rented) * SlabSize >= Limit)
        {
            Pressed?.Invoke();
        }

        return slab;
    }

    /// <summary>For the slab whose last reference is gone.</summary>
    public void Return(Slab slab)
    {
        Interlocked.Decrement(ref _rented);
        if (!slab.IsSentInPlace && _idle.Count < MostIdle)
        {
            slab.IsEmpty = false;
            _idle.Enqueue(slab);
        }
        else if (slab.Place.IsFile)
        {
            MemoryFile.Discard(slab.Place);
            (slab.IsSentInPlace, slab.IsEmpty) = (false, true);
            _empty.Enqueue(slab);
        }
        else
        {
            slab.Place.Free();
        }
    }
}
