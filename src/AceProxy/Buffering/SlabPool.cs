using System.Collections.Concurrent;

namespace AceProxy.Buffering;

/// <summary>Slabs for all streams of a worker. Keeps a bounded number for reuse; the rest go back to the collector.</summary>
internal sealed class SlabPool
{
    /// <summary>A quarter of a second of an 8 Mbit/s stream: small enough that a half-empty one costs little, large enough to be rare.</summary>
    public const int DefaultSlabSize = 256 * 1024;

    /// <summary>16 MiB of idle slabs at most.</summary>
    private const int MostIdle = 64;

    private readonly ConcurrentQueue<Slab> _idle = [];
    private int _rented;

    public int SlabSize { get; init; } = DefaultSlabSize;

    /// <summary>Slabs that somebody holds now; 0 when all streams have ended and all clients have gone.</summary>
    public int Rented => Volatile.Read(ref _rented);

    public Slab Rent()
    {
        if (!_idle.TryDequeue(out Slab? slab))
        {
            slab = new Slab(this, SlabSize);
        }

        slab.Rent();
        Interlocked.Increment(ref _rented);
        return slab;
    }

    public void Return(Slab slab)
    {
        Interlocked.Decrement(ref _rented);
        if (_idle.Count < MostIdle)
        {
            _idle.Enqueue(slab);
        }
    }
}
